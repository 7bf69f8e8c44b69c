CREATE SEQUENCE "public"."submitted_application_ids" INCREMENT BY 1 MINVALUE 4503599627370496 MAXVALUE 9007199254740991 START WITH 4503599627370496 CACHE 1;--> statement-breakpoint
-- Each database gives ids from a place of its own, one of four million that are a billion ids wide: what
-- one CiviKey copies from another does not meet what was submitted to it.
SELECT setval('submitted_application_ids', 4503599627370496 + floor(random() * 4194304)::bigint * 1073741824, false);--> statement-breakpoint
CREATE TABLE "idempotent_submissions" (
	"api_key_id" bigint NOT NULL,
	"program_id" bigint NOT NULL,
	"idempotency_key" text NOT NULL,
	"body_digest" text NOT NULL,
	"application_id" bigint NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "idempotent_submissions_pkey" PRIMARY KEY("api_key_id","program_id","idempotency_key")
);
--> statement-breakpoint
ALTER TABLE "applications" ADD COLUMN "submitted_by_key_id" bigint;--> statement-breakpoint
ALTER TABLE "idempotent_submissions" ADD CONSTRAINT "idempotent_submissions_api_key_id_api_keys_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "idempotent_submissions" ADD CONSTRAINT "idempotent_submissions_application" FOREIGN KEY ("program_id","application_id") REFERENCES "public"."applications"("program_id","application_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idempotent_submissions_created_at" ON "idempotent_submissions" USING btree ("created_at");--> statement-breakpoint
ALTER TABLE "applications" ADD CONSTRAINT "applications_submitted_by_key_id_api_keys_id_fk" FOREIGN KEY ("submitted_by_key_id") REFERENCES "public"."api_keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "applications_current_of_applicant" ON "applications" USING btree ("program_id","applicant_id") WHERE "applications"."revision_state" = 'CURRENT';--> statement-breakpoint
CREATE UNIQUE INDEX "applications_one_current_submission" ON "applications" USING btree ("program_id","applicant_id") WHERE "applications"."revision_state" = 'CURRENT' and "applications"."submitted_by_key_id" is not null;