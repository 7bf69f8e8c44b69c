-- A key without a grant cannot be stored. Checked at commit, so that key and grants come in either order.
create function api_key_has_grant() returns trigger language plpgsql as $$
declare
  checked_id bigint;
begin
  if tg_table_name = 'api_keys' then
    checked_id := new.id;
  else
    checked_id := old.api_key_id;
  end if;
  if exists (select 1 from api_keys where id = checked_id)
    and not exists (select 1 from grants where api_key_id = checked_id) then
    raise exception 'API key % has no grant', checked_id
      using errcode = 'check_violation', constraint = 'api_keys_have_a_grant';
  end if;
  return null;
end $$;
--> statement-breakpoint
create constraint trigger api_keys_have_a_grant after insert on api_keys
  deferrable initially deferred for each row execute function api_key_has_grant();
--> statement-breakpoint
create constraint trigger grants_leave_one after update or delete on grants
  deferrable initially deferred for each row execute function api_key_has_grant();
--> statement-breakpoint
-- Retiring is for good, and a key keeps its identity.
create function api_key_stays_retired() returns trigger language plpgsql as $$
begin
  if old.retired_at is not null
    and (new.retired_at, new.retired_by) is distinct from (old.retired_at, old.retired_by) then
    raise exception 'API key % is retired for good', old.id
      using errcode = 'check_violation', constraint = 'api_keys_stay_retired';
  end if;
  if new.key_id <> old.key_id or new.created_at <> old.created_at or new.created_by <> old.created_by then
    raise exception 'API key % keeps its key id and its origin', old.id
      using errcode = 'check_violation', constraint = 'api_keys_keep_identity';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger api_keys_stay_retired before update on api_keys
  for each row execute function api_key_stays_retired();
--> statement-breakpoint
-- Keys are retired, never deleted; the audit trail is append-only.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, lower(tg_op)
    using errcode = 'restrict_violation', constraint = tg_name;
end $$;
--> statement-breakpoint
create trigger api_keys_never_deleted before delete on api_keys
  for each row execute function refuse_change();
--> statement-breakpoint
create trigger audit_events_append_only before update or delete on audit_events
  for each row execute function refuse_change();
--> statement-breakpoint
create trigger audit_events_never_truncated before truncate on audit_events
  for each statement execute function refuse_change();
--> statement-breakpoint
-- A published version never changes: only its stage moves, from active to obsolete.
create function program_version_stays() returns trigger language plpgsql as $$
begin
  if old.stage = 'draft' then
    return coalesce(new, old);
  end if;
  if tg_op = 'DELETE'
    or new.id <> old.id or new.program_id <> old.program_id or new.stage = 'draft'
    or new.definition <> old.definition or new.questions <> old.questions
    or new.published_at <> old.published_at or new.imported_at <> old.imported_at then
    raise exception 'program version % is published and never changes', old.id
      using errcode = 'restrict_violation', constraint = 'program_versions_never_change';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger program_versions_never_change before update or delete on program_versions
  for each row execute function program_version_stays();
--> statement-breakpoint
-- OBSOLETE is final.
create function application_stays_obsolete() returns trigger language plpgsql as $$
begin
  if old.revision_state = 'OBSOLETE' and new.revision_state <> 'OBSOLETE' then
    raise exception 'application % is obsolete for good', old.application_id
      using errcode = 'restrict_violation', constraint = 'applications_stay_obsolete';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger applications_stay_obsolete before update on applications
  for each row execute function application_stays_obsolete();
