CREATE TABLE "admins" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "admins_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"email" text NOT NULL,
	"password_hash" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "admins_email_unique" UNIQUE("email"),
	CONSTRAINT "admins_email_is_lower_case" CHECK ("admins"."email" = lower("admins"."email"))
);
--> statement-breakpoint
CREATE TABLE "api_key_daily_calls" (
	"api_key_id" bigint NOT NULL,
	"day" date NOT NULL,
	"call_count" bigint NOT NULL,
	CONSTRAINT "api_key_daily_calls_pkey" PRIMARY KEY("api_key_id","day")
);
--> statement-breakpoint
CREATE TABLE "api_key_usage" (
	"api_key_id" bigint PRIMARY KEY NOT NULL,
	"call_count" bigint NOT NULL,
	"last_used_at" timestamp with time zone NOT NULL,
	"last_used_address" "inet",
	CONSTRAINT "api_key_usage_counts_up" CHECK ("api_key_usage"."call_count" >= 0)
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "api_keys_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"key_id" text NOT NULL,
	"name" text NOT NULL,
	"secret_hash" text NOT NULL,
	"salt_id" text NOT NULL,
	"expiration" timestamp with time zone NOT NULL,
	"subnets" "cidr"[] NOT NULL,
	"contact_email" text,
	"note" text,
	"form_token" text,
	"created_at" timestamp with time zone NOT NULL,
	"created_by" text NOT NULL,
	"retired_at" timestamp with time zone,
	"retired_by" text,
	CONSTRAINT "api_keys_key_id_unique" UNIQUE("key_id"),
	CONSTRAINT "api_keys_form_token_unique" UNIQUE("form_token"),
	CONSTRAINT "api_keys_name_not_blank" CHECK (btrim("api_keys"."name") <> ''),
	CONSTRAINT "api_keys_have_a_subnet" CHECK (cardinality("api_keys"."subnets") >= 1),
	CONSTRAINT "api_keys_subnets_not_null" CHECK (array_position("api_keys"."subnets", null) is null),
	CONSTRAINT "api_keys_retired_by_someone" CHECK (("api_keys"."retired_at" is null) = ("api_keys"."retired_by" is null))
);
--> statement-breakpoint
CREATE TABLE "application_shapes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "application_shapes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"program_id" bigint NOT NULL,
	"program_version_id" bigint,
	"completed_by" text NOT NULL,
	"question_keys" text[] NOT NULL,
	"digest" text NOT NULL,
	CONSTRAINT "application_shapes_digest_unique" UNIQUE("program_id","digest"),
	CONSTRAINT "application_shapes_program_and_id" UNIQUE("program_id","id")
);
--> statement-breakpoint
CREATE TABLE "applications" (
	"program_id" bigint NOT NULL,
	"application_id" bigint NOT NULL,
	"applicant_id" bigint NOT NULL,
	"program_version_id" bigint,
	"shape_id" bigint NOT NULL,
	"create_time" timestamp with time zone NOT NULL,
	"submit_time" timestamp with time zone NOT NULL,
	"language" text,
	"revision_state" text NOT NULL,
	"status" text,
	"status_last_modified_time" timestamp with time zone,
	"application_note" text,
	"submitter_type" text,
	"ti_email" text,
	"ti_organization" text,
	"extra_fields" text,
	"answers" text NOT NULL,
	CONSTRAINT "applications_pkey" PRIMARY KEY("program_id","application_id"),
	CONSTRAINT "applications_revision_state_known" CHECK ("applications"."revision_state" in ('CURRENT', 'OBSOLETE'))
);
--> statement-breakpoint
CREATE TABLE "audit_events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"api_key_id" bigint,
	"program_id" bigint,
	"address" "inet",
	"details" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "grants" (
	"api_key_id" bigint NOT NULL,
	"program_id" bigint NOT NULL,
	"permission" text NOT NULL,
	CONSTRAINT "grants_pkey" PRIMARY KEY("api_key_id","program_id","permission"),
	CONSTRAINT "grants_permission_known" CHECK ("grants"."permission" in ('READ', 'WRITE'))
);
--> statement-breakpoint
CREATE TABLE "program_versions" (
	"id" bigint PRIMARY KEY NOT NULL,
	"program_id" bigint NOT NULL,
	"stage" text NOT NULL,
	"definition" text NOT NULL,
	"questions" jsonb NOT NULL,
	"imported_at" timestamp with time zone NOT NULL,
	"published_at" timestamp with time zone,
	CONSTRAINT "program_versions_stage_known" CHECK ("program_versions"."stage" in ('draft', 'active', 'obsolete')),
	CONSTRAINT "program_versions_published_unless_draft" CHECK (("program_versions"."stage" = 'draft') = ("program_versions"."published_at" is null))
);
--> statement-breakpoint
CREATE TABLE "programs" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "programs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"slug" text NOT NULL,
	"admin_name" text NOT NULL,
	"name" text NOT NULL,
	"program_type" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "programs_slug_unique" UNIQUE("slug"),
	CONSTRAINT "programs_admin_name_unique" UNIQUE("admin_name"),
	CONSTRAINT "programs_slug_form" CHECK ("programs"."slug" ~ '^[a-z0-9-]+$'),
	CONSTRAINT "programs_name_not_blank" CHECK (btrim("programs"."name") <> '')
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "sessions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"token_digest" text NOT NULL,
	"admin_id" bigint NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"authenticated_at" timestamp with time zone NOT NULL,
	"last_seen_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"address" "inet",
	"user_agent" text,
	CONSTRAINT "sessions_token_digest_unique" UNIQUE("token_digest"),
	CONSTRAINT "sessions_end_after_start" CHECK ("sessions"."expires_at" > "sessions"."created_at")
);
--> statement-breakpoint
CREATE TABLE "setup_links" (
	"token_digest" text PRIMARY KEY NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sign_in_attempts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "sign_in_attempts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"account" text NOT NULL,
	"network" text NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "api_key_daily_calls" ADD CONSTRAINT "api_key_daily_calls_api_key_id_api_keys_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_key_usage" ADD CONSTRAINT "api_key_usage_api_key_id_api_keys_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "application_shapes" ADD CONSTRAINT "application_shapes_program_id_programs_id_fk" FOREIGN KEY ("program_id") REFERENCES "public"."programs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "applications" ADD CONSTRAINT "applications_program_id_programs_id_fk" FOREIGN KEY ("program_id") REFERENCES "public"."programs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "applications" ADD CONSTRAINT "applications_shape_of_same_program" FOREIGN KEY ("program_id","shape_id") REFERENCES "public"."application_shapes"("program_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_api_key_id_api_keys_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_program_id_programs_id_fk" FOREIGN KEY ("program_id") REFERENCES "public"."programs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_api_key_id_api_keys_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_program_id_programs_id_fk" FOREIGN KEY ("program_id") REFERENCES "public"."programs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "program_versions" ADD CONSTRAINT "program_versions_program_id_programs_id_fk" FOREIGN KEY ("program_id") REFERENCES "public"."programs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_admin_id_admins_id_fk" FOREIGN KEY ("admin_id") REFERENCES "public"."admins"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "api_keys_expiration" ON "api_keys" USING btree ("expiration") WHERE "api_keys"."retired_at" is null;--> statement-breakpoint
CREATE INDEX "api_keys_retired" ON "api_keys" USING btree ("id") WHERE "api_keys"."retired_at" is not null;--> statement-breakpoint
CREATE INDEX "applications_submit_time" ON "applications" USING btree ("program_id","submit_time");--> statement-breakpoint
CREATE INDEX "audit_events_api_key_id" ON "audit_events" USING btree ("api_key_id","id");--> statement-breakpoint
CREATE INDEX "audit_events_program_id" ON "audit_events" USING btree ("program_id","id");--> statement-breakpoint
CREATE INDEX "grants_program_id" ON "grants" USING btree ("program_id");--> statement-breakpoint
CREATE UNIQUE INDEX "program_versions_one_draft" ON "program_versions" USING btree ("program_id") WHERE "program_versions"."stage" = 'draft';--> statement-breakpoint
CREATE UNIQUE INDEX "program_versions_one_active" ON "program_versions" USING btree ("program_id") WHERE "program_versions"."stage" = 'active';--> statement-breakpoint
CREATE INDEX "program_versions_program_id" ON "program_versions" USING btree ("program_id","id");--> statement-breakpoint
CREATE INDEX "sessions_admin_id" ON "sessions" USING btree ("admin_id");--> statement-breakpoint
CREATE INDEX "sign_in_attempts_account_at" ON "sign_in_attempts" USING btree ("account","at");--> statement-breakpoint
CREATE INDEX "sign_in_attempts_network_at" ON "sign_in_attempts" USING btree ("network","at");