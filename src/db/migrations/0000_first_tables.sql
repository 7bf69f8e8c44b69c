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
--> statement-breakpoint
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
--> statement-breakpoint
ALTER TABLE "api_key_usage" ALTER COLUMN "last_used_at" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "predecessor_id" bigint;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_predecessor_id_fkey" FOREIGN KEY ("predecessor_id") REFERENCES "public"."api_keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_one_successor" UNIQUE("predecessor_id");
--> statement-breakpoint
-- Blocks are nested or apart, never overlapping: those inside a block cover it when their sizes add up to its own.
create function subnets_are_within(narrower cidr[], wider cidr[]) returns boolean
  language sql immutable as $$
  select not exists (
    select from unnest(narrower) as block
    where not exists (select from unnest(wider) as whole where block <<= whole)
      and (
        select coalesce(sum(2::numeric ^ (128 - masklen(part))), 0)
        from (select distinct part from unnest(wider) as part where part << block) as parts
        where not exists (
          select from unnest(wider) as larger where part << larger and larger << block
        )
      ) < 2::numeric ^ (128 - masklen(block))
  )
$$;
--> statement-breakpoint
-- A key only ever loses: a later expiration, other addresses and more grants need a new key.
create function api_key_never_widens() returns trigger language plpgsql as $$
begin
  if new.expiration > old.expiration then
    raise exception 'API key % cannot get a later expiration', old.id
      using errcode = 'check_violation', constraint = 'api_keys_never_widen';
  end if;
  if new.subnets is distinct from old.subnets
    and not subnets_are_within(new.subnets, old.subnets) then
    raise exception 'API key % cannot get other subnets', old.id
      using errcode = 'check_violation', constraint = 'api_keys_never_widen';
  end if;
  if new.predecessor_id is distinct from old.predecessor_id then
    raise exception 'API key % keeps its predecessor', old.id
      using errcode = 'check_violation', constraint = 'api_keys_keep_identity';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger api_keys_never_widen before update on api_keys
  for each row execute function api_key_never_widens();
--> statement-breakpoint
-- Grants are made with their key, before its making is in the audit trail, and are only taken away after that.
create function grants_are_never_added() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE'
    or exists (select from audit_events where api_key_id = new.api_key_id) then
    raise exception 'API key % cannot get other grants', new.api_key_id
      using errcode = 'check_violation', constraint = 'grants_never_widen';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger grants_never_widen before insert or update on grants
  for each row execute function grants_are_never_added();
--> statement-breakpoint
CREATE TABLE "api_key_daily_refusals" (
	"api_key_id" bigint NOT NULL,
	"day" date NOT NULL,
	"reason" text NOT NULL,
	"call_count" bigint NOT NULL,
	CONSTRAINT "api_key_daily_refusals_pkey" PRIMARY KEY("api_key_id","day","reason")
);
--> statement-breakpoint
CREATE TABLE "refusals" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "refusals_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"minute" timestamp with time zone NOT NULL,
	"reason" text NOT NULL,
	"api_key_id" bigint,
	"address" "inet",
	"route" text,
	"program_id" bigint,
	"fingerprint" text,
	"call_count" bigint NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	"last_request_id" text NOT NULL,
	CONSTRAINT "refusals_count_up" CHECK ("refusals"."call_count" >= 1)
);
--> statement-breakpoint
ALTER TABLE "api_key_daily_refusals" ADD CONSTRAINT "api_key_daily_refusals_api_key_id_api_keys_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "refusals" ADD CONSTRAINT "refusals_api_key_id_api_keys_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "refusals" ADD CONSTRAINT "refusals_program_id_programs_id_fk" FOREIGN KEY ("program_id") REFERENCES "public"."programs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "refusals_one_row_a_minute" ON "refusals" USING btree ("minute","reason",coalesce("api_key_id", 0),coalesce(host("address"), ''),coalesce("route", ''),coalesce("program_id", 0),coalesce("fingerprint", ''));--> statement-breakpoint
CREATE INDEX "refusals_api_key_id" ON "refusals" USING btree ("api_key_id","id");--> statement-breakpoint
CREATE INDEX "refusals_reason" ON "refusals" USING btree ("reason","id");--> statement-breakpoint
CREATE INDEX "refusals_fingerprint" ON "refusals" USING btree ("fingerprint","id") WHERE "refusals"."fingerprint" is not null;
--> statement-breakpoint
CREATE TABLE "milestone_alerts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "milestone_alerts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"api_key_id" bigint NOT NULL,
	"milestone" text NOT NULL,
	"recipient" text NOT NULL,
	"attempt_count" integer NOT NULL,
	"retry_at" timestamp with time zone NOT NULL,
	"sent_at" timestamp with time zone,
	CONSTRAINT "milestone_alerts_said_once" UNIQUE("api_key_id","milestone","recipient"),
	CONSTRAINT "milestone_alerts_milestone_known" CHECK ("milestone_alerts"."milestone" in ('30_days', '7_days', '1_day', 'expired')),
	CONSTRAINT "milestone_alerts_recipient_known" CHECK ("milestone_alerts"."recipient" in ('contact', 'support', 'webhook')),
	CONSTRAINT "milestone_alerts_count_up" CHECK ("milestone_alerts"."attempt_count" >= 1)
);
--> statement-breakpoint
ALTER TABLE "milestone_alerts" ADD CONSTRAINT "milestone_alerts_api_key_id_api_keys_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
-- A list that is filtered by time or state finds its ids here, in the order of the list, without reading
-- a single application: at a million rows the first page of an old year takes a tenth of the time.
create index applications_listing on applications (program_id, application_id desc)
  include (submit_time, revision_state);
