CREATE TABLE "application_heads" (
	"id" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"zone" text NOT NULL,
	"is_complete" boolean NOT NULL,
	CONSTRAINT "application_heads_one_row" CHECK ("application_heads"."id")
);
--> statement-breakpoint
ALTER TABLE "applications" ADD COLUMN "head" text NOT NULL DEFAULT '';
--> statement-breakpoint
ALTER TABLE "applications" DROP COLUMN "facts";
--> statement-breakpoint
-- The configured zone, where PostgreSQL knows it: then the start of the server finds every head as it should be.
select set_config('TimeZone', coalesce(
  (select name from pg_timezone_names where name = current_setting('civikey.time_zone', true)), 'UTC'), true);
--> statement-breakpoint
-- Of times before standard time PostgreSQL writes offsets with seconds: then the start of the server renders all heads anew.
insert into application_heads (zone, is_complete) select current_setting('TimeZone'), not exists (
  select from applications where least(create_time, submit_time, status_last_modified_time) < '1973-01-01');
--> statement-breakpoint
-- Once and for all of today's rows. From now on `renderHead` writes heads; a test holds this to it.
create function migrating_head(applications) returns text language sql stable as $$
  select concat(
    '{"applicant_id":', $1.applicant_id, ',"application_id":', $1.application_id,
    ',"create_time":', replace(to_json($1.create_time)::text, '+00:00"', 'Z"'),
    ',"language":', coalesce(to_json($1.language)::text, 'null'),
    ',"program_name":', (select to_json(admin_name) from programs where id = $1.program_id),
    ',"program_version_id":', coalesce($1.program_version_id::text, 'null'),
    ',"revision_state":', to_json($1.revision_state),
    ',"status":', coalesce(to_json($1.status)::text, 'null'),
    ',"status_last_modified_time":',
      coalesce(replace(to_json($1.status_last_modified_time)::text, '+00:00"', 'Z"'), 'null'),
    ',"application_note":', coalesce(to_json($1.application_note)::text, 'null'),
    ',"submit_time":', replace(to_json($1.submit_time)::text, '+00:00"', 'Z"'),
    ',"submitter_type":', coalesce(to_json($1.submitter_type)::text, 'null'),
    ',"ti_email":', coalesce(to_json($1.ti_email)::text, 'null'),
    ',"ti_organization":', coalesce(to_json($1.ti_organization)::text, 'null'),
    ',' || substr($1.extra_fields, 2, length($1.extra_fields) - 2), ',"application":')
$$;
--> statement-breakpoint
-- No character may be left at which a reader of NDJSON would split a line.
create function migrating_json(text) returns text language sql immutable as $$
  select replace(replace(replace($1, U&'\0085', '\u0085'), U&'\2028', '\u2028'), U&'\2029', '\u2029')
$$;
--> statement-breakpoint
-- A column that a trigger names cannot be written anew: the trigger comes back below.
drop trigger applications_note_change on applications;
--> statement-breakpoint
ALTER TABLE "applications"
  ALTER COLUMN "head" DROP DEFAULT,
  ALTER COLUMN "head" SET STORAGE external,
  ALTER COLUMN "head" TYPE text USING migrating_json(migrating_head(applications)),
  ALTER COLUMN "answers" TYPE text USING migrating_json(answers);
--> statement-breakpoint
drop function migrating_head(applications);
--> statement-breakpoint
drop function migrating_json(text);
--> statement-breakpoint
create trigger applications_note_change before update on applications
  for each row when (
    (old.program_id, old.application_id, old.applicant_id, old.program_version_id, old.shape_id,
      old.create_time, old.submit_time, old.language, old.revision_state, old.status,
      old.status_last_modified_time, old.application_note, old.submitter_type, old.ti_email,
      old.ti_organization, old.extra_fields, old.answers)
    is distinct from
    (new.program_id, new.application_id, new.applicant_id, new.program_version_id, new.shape_id,
      new.create_time, new.submit_time, new.language, new.revision_state, new.status,
      new.status_last_modified_time, new.application_note, new.submitter_type, new.ti_email,
      new.ti_organization, new.extra_fields, new.answers)
  ) execute function application_notes_modification();
