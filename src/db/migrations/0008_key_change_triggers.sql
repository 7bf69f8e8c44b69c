-- A change id stands for all that authentication reads of a key: the row, its grants, the slugs of their programs.
create function api_key_gets_change_id() returns trigger language plpgsql as $$
begin
  new.change_id := gen_random_uuid();
  return new;
end $$;
--> statement-breakpoint
create trigger api_keys_get_change_id before update on api_keys
  for each row execute function api_key_gets_change_id();
--> statement-breakpoint
create function grants_change_their_keys() returns trigger language plpgsql as $$
begin
  update api_keys set change_id = gen_random_uuid()
    where id in (select api_key_id from changed order by api_key_id);
  return null;
end $$;
--> statement-breakpoint
create trigger grants_change_keys_when_added after insert on grants
  referencing new table as changed for each statement execute function grants_change_their_keys();
--> statement-breakpoint
create trigger grants_change_keys_when_taken after delete on grants
  referencing old table as changed for each statement execute function grants_change_their_keys();
--> statement-breakpoint
create trigger grants_change_keys_when_moved after update on grants
  referencing old table as changed for each statement execute function grants_change_their_keys();
--> statement-breakpoint
create trigger grants_never_truncated before truncate on grants
  for each statement execute function refuse_change();
--> statement-breakpoint
create function program_slug_changes_keys() returns trigger language plpgsql as $$
begin
  update api_keys set change_id = gen_random_uuid()
    where id in (select api_key_id from grants where program_id = new.id);
  return null;
end $$;
--> statement-breakpoint
create trigger programs_change_keys after update of slug on programs
  for each row when (old.slug is distinct from new.slug) execute function program_slug_changes_keys();
