import { defineConfig } from "drizzle-kit";

/** `bun run db:generate` compares the schema with the newest snapshot and writes the next migration. */
export default defineConfig({
  dialect: "postgresql",
  schema: "./src/db/schema.ts",
  out: "./src/db/migrations",
});
