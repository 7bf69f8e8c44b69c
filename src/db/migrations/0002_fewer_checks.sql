-- That a program exists is what the foreign key of the application's shape checks already: a second one
-- asked the same for every row, and cost an import as much as three indexes.
ALTER TABLE "applications" DROP CONSTRAINT "applications_program_id_programs_id_fk";
--> statement-breakpoint
-- The primary key carries what filtered lists look for, so that it is the index of lists, too.
alter table status_changes drop constraint status_changes_application_fkey;
--> statement-breakpoint
alter table idempotent_submissions drop constraint idempotent_submissions_application;
--> statement-breakpoint
drop index applications_listing;
--> statement-breakpoint
alter table applications drop constraint applications_pkey;
--> statement-breakpoint
alter table applications add constraint applications_pkey
  primary key (program_id, application_id) include (submit_time, revision_state);
--> statement-breakpoint
alter table status_changes add constraint status_changes_application_fkey
  foreign key (program_id, application_id) references applications (program_id, application_id);
--> statement-breakpoint
alter table idempotent_submissions add constraint idempotent_submissions_application
  foreign key (program_id, application_id) references applications (program_id, application_id);
