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