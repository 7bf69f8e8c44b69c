CREATE TABLE "key_writes" (
	"api_key_id" bigint PRIMARY KEY NOT NULL,
	"day" date NOT NULL,
	"bytes" bigint NOT NULL,
	CONSTRAINT "key_writes_counts_up" CHECK ("key_writes"."bytes" >= 0)
);
--> statement-breakpoint
ALTER TABLE "idempotent_submissions" ADD COLUMN "answer" text;--> statement-breakpoint
-- What was answered to these is not known any more; a retry of one still stores nothing twice.
update idempotent_submissions set answer = format('{"application_id":%s}', application_id);--> statement-breakpoint
ALTER TABLE "idempotent_submissions" ALTER COLUMN "answer" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "key_writes" ADD CONSTRAINT "key_writes_api_key_id_api_keys_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE no action ON UPDATE no action;