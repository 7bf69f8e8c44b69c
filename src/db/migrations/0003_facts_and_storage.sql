-- Rows are written anew, once: what was compressed is not any more, and stays in its page up to 8 KB. That is
-- what costs least to read, at the price of disk (docs/decisions/0004).
ALTER TABLE "applications"
  ALTER COLUMN "answers" TYPE text USING answers || '',
  ALTER COLUMN "answers" SET STORAGE external,
  SET (toast_tuple_target = 8160),
  ADD COLUMN "facts" text GENERATED ALWAYS AS (shape_id::text || ',' || application_id::text || ',' || applicant_id::text || ',' || coalesce(encode(timestamptz_send(create_time), 'hex'), '') || ',' || coalesce(encode(timestamptz_send(submit_time), 'hex'), '') || ',' || coalesce(encode(timestamptz_send(status_last_modified_time), 'hex'), '') || ',' || coalesce(octet_length((program_version_id::text))::text || ':' || (program_version_id::text), '') || ',' || coalesce(octet_length(revision_state)::text || ':' || revision_state, '') || ',' || coalesce(octet_length(language)::text || ':' || language, '') || ',' || coalesce(octet_length(status)::text || ':' || status, '') || ',' || coalesce(octet_length(submitter_type)::text || ':' || submitter_type, '') || ',' || coalesce(octet_length(ti_email)::text || ':' || ti_email, '') || ',' || coalesce(octet_length(ti_organization)::text || ':' || ti_organization, '') || ',') STORED NOT NULL;
--> statement-breakpoint
-- All columns but what we keep for ourselves: of the whole row, a trigger does not know yet what PostgreSQL puts together.
drop trigger applications_note_change on applications;
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
--> statement-breakpoint
-- The same refusals are counted up again and again: with room for two versions of each in a page, no index has to
-- be written for that.
alter table refusals set (fillfactor = 45);
