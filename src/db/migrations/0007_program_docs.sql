CREATE TABLE "program_docs" (
	"version_id" bigint NOT NULL,
	"kind" text NOT NULL,
	"source" text NOT NULL,
	"packed" "bytea" NOT NULL,
	CONSTRAINT "program_docs_version_id_kind_pk" PRIMARY KEY("version_id","kind")
);
--> statement-breakpoint
ALTER TABLE "program_docs" ADD CONSTRAINT "program_docs_version_id_program_versions_id_fk" FOREIGN KEY ("version_id") REFERENCES "public"."program_versions"("id") ON DELETE cascade ON UPDATE no action;