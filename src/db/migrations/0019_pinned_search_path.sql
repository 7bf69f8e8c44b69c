-- A role that owns nothing can still make temporary tables, which PostgreSQL finds first. A guard that looked into one
-- called `audit_events` would see no event, and let a key have more grants. So guards look into our tables only.
alter function api_key_has_grant() set search_path = public, pg_temp;
--> statement-breakpoint
alter function grants_are_never_added() set search_path = public, pg_temp;
--> statement-breakpoint
alter function grants_change_their_keys() set search_path = public, pg_temp;
--> statement-breakpoint
alter function program_slug_changes_keys() set search_path = public, pg_temp;
--> statement-breakpoint
alter function modification_gets_time() set search_path = public, pg_temp;
--> statement-breakpoint
alter function application_notes_imported_status() set search_path = public, pg_temp;
--> statement-breakpoint
alter function erasure_gets_time() set search_path = public, pg_temp;
--> statement-breakpoint
alter function refuse_unless_erased() set search_path = public, pg_temp;
--> statement-breakpoint
-- Called for each row of an import: it would be slower with a setting of its own.
create or replace function application_notes_modification() returns trigger language plpgsql as $$
declare
  -- Forgotten, or empty, once the transaction ends or goes back to a savepoint.
  setting text := 'civikey.modification_' || new.program_id;
  noted text := current_setting(setting, true);
begin
  if noted is null or noted = '' then
    insert into public.modifications (program_id) values (new.program_id) returning id into noted;
    perform set_config(setting, noted, true);
  end if;
  new.modification_id := noted;
  return new;
end $$;
