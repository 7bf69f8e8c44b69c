CREATE TABLE "api_key_address_calls" (
	"api_key_id" bigint NOT NULL,
	"day" date NOT NULL,
	"address" "inet" NOT NULL,
	"call_count" bigint NOT NULL,
	"first_at" timestamp with time zone NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	CONSTRAINT "api_key_address_calls_pkey" PRIMARY KEY("api_key_id","day","address")
);
--> statement-breakpoint
CREATE TABLE "api_key_program_calls" (
	"api_key_id" bigint NOT NULL,
	"program_id" bigint NOT NULL,
	"permission" text NOT NULL,
	"day" date NOT NULL,
	"call_count" bigint NOT NULL,
	CONSTRAINT "api_key_program_calls_pkey" PRIMARY KEY("api_key_id","program_id","permission","day"),
	CONSTRAINT "api_key_program_calls_permission_known" CHECK ("api_key_program_calls"."permission" in ('READ', 'WRITE'))
);
--> statement-breakpoint
CREATE TABLE "dismissed_suggestions" (
	"api_key_id" bigint NOT NULL,
	"suggestion" text NOT NULL,
	"dismissed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "dismissed_suggestions_pkey" PRIMARY KEY("api_key_id","suggestion"),
	CONSTRAINT "dismissed_suggestions_known" CHECK ("dismissed_suggestions"."suggestion" in ('retire', 'take_grants_away', 'shrink_subnets', 'replace', 'look_into'))
);
--> statement-breakpoint
ALTER TABLE "milestone_alerts" DROP CONSTRAINT "milestone_alerts_milestone_known";--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "renew_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "api_key_address_calls" ADD CONSTRAINT "api_key_address_calls_api_key_id_api_keys_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_key_program_calls" ADD CONSTRAINT "api_key_program_calls_api_key_id_api_keys_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_key_program_calls" ADD CONSTRAINT "api_key_program_calls_program_id_programs_id_fk" FOREIGN KEY ("program_id") REFERENCES "public"."programs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dismissed_suggestions" ADD CONSTRAINT "dismissed_suggestions_api_key_id_api_keys_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "api_key_address_calls_day" ON "api_key_address_calls" USING btree ("day");--> statement-breakpoint
CREATE INDEX "api_key_program_calls_day" ON "api_key_program_calls" USING btree ("day");--> statement-breakpoint
ALTER TABLE "milestone_alerts" ADD CONSTRAINT "milestone_alerts_milestone_known" CHECK ("milestone_alerts"."milestone" in ('30_days', '7_days', '1_day', 'expired', 'retired'));--> statement-breakpoint
-- A key only ever loses: a later expiration, a later end of its renewals, other addresses and more grants need a new key.
create or replace function api_key_never_widens() returns trigger language plpgsql as $$
begin
  if new.expiration > old.expiration then
    raise exception 'API key % cannot get a later expiration', old.id
      using errcode = 'check_violation', constraint = 'api_keys_never_widen';
  end if;
  if new.renew_until is not null
    and (old.renew_until is null or new.renew_until > old.renew_until) then
    raise exception 'API key % cannot be renewed for longer', old.id
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
