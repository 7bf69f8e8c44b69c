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