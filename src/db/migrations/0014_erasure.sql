CREATE TABLE "erased_applications" (
	"program_id" bigint NOT NULL,
	"application_id" bigint NOT NULL,
	"erasure_id" bigint NOT NULL,
	CONSTRAINT "erased_applications_pkey" PRIMARY KEY("program_id","application_id")
);
--> statement-breakpoint
CREATE TABLE "erasures" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "erasures_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"program_id" bigint NOT NULL,
	"at" timestamp with time zone DEFAULT 'infinity' NOT NULL,
	"erased_by" text NOT NULL,
	"reason" text,
	"application_count" bigint NOT NULL,
	CONSTRAINT "erasures_of_some" CHECK ("erasures"."application_count" > 0)
);
--> statement-breakpoint
ALTER TABLE "idempotent_submissions" DROP CONSTRAINT "idempotent_submissions_application";
--> statement-breakpoint
ALTER TABLE "application_syncs" ADD COLUMN "erased_count" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "programs" ADD COLUMN "keep_days" integer;--> statement-breakpoint
ALTER TABLE "erased_applications" ADD CONSTRAINT "erased_applications_erasure_id_erasures_id_fk" FOREIGN KEY ("erasure_id") REFERENCES "public"."erasures"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "erasures" ADD CONSTRAINT "erasures_program_id_programs_id_fk" FOREIGN KEY ("program_id") REFERENCES "public"."programs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "erased_applications_erasure" ON "erased_applications" USING btree ("erasure_id","application_id");--> statement-breakpoint
CREATE INDEX "erasures_at" ON "erasures" USING btree ("program_id","at","id");--> statement-breakpoint
ALTER TABLE "programs" ADD CONSTRAINT "programs_keep_days_known" CHECK ("programs"."keep_days" between 1 and 36500);--> statement-breakpoint
-- Erased for good: ids that are here stay here.
create trigger erased_applications_append_only before update or delete on erased_applications
  for each row execute function refuse_change();
--> statement-breakpoint
create trigger erased_applications_never_truncated before truncate on erased_applications
  for each statement execute function refuse_change();
--> statement-breakpoint
create trigger erasures_never_deleted before delete on erasures
  for each row execute function refuse_change();
--> statement-breakpoint
create trigger erasures_keep_their_time before update on erasures
  for each row when (old.at <> 'infinity') execute function refuse_change();
--> statement-breakpoint
-- The time is taken at the very end of the transaction, under the lock of `modification_gets_time`: a client that
-- follows erasures misses none.
create function erasure_gets_time() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(12654570, new.program_id::int);
  update erasures set at = clock_timestamp() where id = new.id;
  return null;
end $$;
--> statement-breakpoint
create constraint trigger erasures_get_time after insert on erasures
  deferrable initially deferred for each row execute function erasure_gets_time();
--> statement-breakpoint
-- No application goes without a trace, and its history only with it. A plan that was made while few ids were here is kept
-- by the session: without an index it would take hours for many.
create function refuse_unless_erased() returns trigger language plpgsql set enable_seqscan = off as $$
begin
  if not exists (
    select from erased_applications
    where program_id = old.program_id and application_id = old.application_id
  ) then
    raise exception 'append-only: rows of % are deleted only when their application is erased', tg_table_name
      using errcode = 'restrict_violation', constraint = tg_name;
  end if;
  return old;
end $$;
--> statement-breakpoint
create trigger applications_leave_erased before delete on applications
  for each row execute function refuse_unless_erased();
--> statement-breakpoint
drop trigger status_changes_append_only on status_changes;
--> statement-breakpoint
create trigger status_changes_append_only before update on status_changes
  for each row execute function refuse_change();
--> statement-breakpoint
create trigger status_changes_leave_erased before delete on status_changes
  for each row execute function refuse_unless_erased();
