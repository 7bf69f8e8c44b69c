-- Which applications changed when, for `modifiedSince`: docs/decisions/0007 says why it is done like this.
-- The first change of a program's applications in a transaction makes a modification; all others share it.
create function application_notes_modification() returns trigger language plpgsql as $$
declare
  -- Forgotten, or empty, once the transaction ends or goes back to a savepoint.
  setting text := 'civikey.modification_' || new.program_id;
  noted text := current_setting(setting, true);
begin
  if noted is null or noted = '' then
    insert into modifications (program_id) values (new.program_id) returning id into noted;
    perform set_config(setting, noted, true);
  end if;
  new.modification_id := noted;
  return new;
end $$;
--> statement-breakpoint
create trigger applications_note_addition before insert on applications
  for each row execute function application_notes_modification();
--> statement-breakpoint
create trigger applications_note_change before update on applications
  for each row when (old.* is distinct from new.*) execute function application_notes_modification();
--> statement-breakpoint
-- The time is taken at the very end of the transaction, and the lock is kept until others can see the
-- rows: whoever has had the lock to himself for a moment can see everything with an earlier time.
create function modification_gets_time() returns trigger language plpgsql as $$
begin
  if exists (
    select from applications
    where program_id = new.program_id and modification_id = new.id
  ) then
    perform pg_advisory_xact_lock_shared(12654570, new.program_id::int);
    update modifications set at = clock_timestamp()
      where program_id = new.program_id and id = new.id;
  else
    -- An import that changed nothing.
    delete from modifications where program_id = new.program_id and id = new.id;
  end if;
  return null;
end $$;
--> statement-breakpoint
create constraint trigger modifications_get_time after insert on modifications
  deferrable initially deferred for each row execute function modification_gets_time();
--> statement-breakpoint
-- A time before which nothing can change any more: statements that begin later see all of it.
create function settle_modifications(settled_program_id bigint) returns timestamptz
  language plpgsql as $$
begin
  if pg_is_in_recovery() then
    raise exception 'a standby does not know what its primary has committed'
      using errcode = 'read_only_sql_transaction';
  end if;
  perform pg_advisory_xact_lock(12654570, settled_program_id::int);
  return clock_timestamp();
end $$;
--> statement-breakpoint
-- All that is there already counts as modified now; it is number 0, so that no row must be written anew.
insert into modifications (program_id, id, at) select id, 0, now() from programs;
--> statement-breakpoint
create index applications_modification on applications (program_id, modification_id, application_id)
  include (submit_time, revision_state);
--> statement-breakpoint
-- A status that comes with an import is history too, whichever way the import comes.
create function application_notes_imported_status() returns trigger language plpgsql as $$
begin
  insert into status_changes
    (program_id, application_id, at, status, note, previous_status, previous_note)
  values
    (new.program_id, new.application_id, coalesce(new.status_last_modified_time, now()),
     new.status, new.application_note, old.status, old.application_note);
  return null;
end $$;
--> statement-breakpoint
create trigger applications_note_imported_status after update on applications
  for each row when (
    not new.status_set_here
    and (old.status, old.application_note) is distinct from (new.status, new.application_note)
  ) execute function application_notes_imported_status();
--> statement-breakpoint
create trigger status_changes_append_only before update or delete on status_changes
  for each row execute function refuse_change();
