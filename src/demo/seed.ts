/** Fills an empty database with the demo's program and applications. */
import type { Database } from "../db/client.ts";
import type { Permitted, Right } from "../domain/access/people/roles.ts";
import { type ApplicationImport, importApplications } from "../domain/applications/imports/import.ts";
import { listPrograms } from "../domain/programs/find.ts";
import { importProgram } from "../domain/programs/import.ts";
import { DomainError } from "../lib/errors.ts";
import { makeDemoApplications } from "./applications.ts";
import { demoProgram } from "./program.ts";

/** The demo's program. */
export const demoSlug = "utility-discount";

/**
 * Imports the demo's program and `count` applications to it. Throws `conflict` on a database that has
 * other programs: demo data is never mixed with real data.
 */
export async function seedDemo(
  db: Database,
  input: { count: number; actor: Permitted<Right>; now: Date },
): Promise<ApplicationImport> {
  const { count, actor, now } = input;
  const programs = await listPrograms(db);
  if (programs.some(({ slug }) => slug !== demoSlug)) {
    throw new DomainError("conflict", "This database has programs that are not the demo's.");
  }
  await importProgram(db, { text: JSON.stringify(demoProgram), publish: true, actor, now });
  return importApplications(db, {
    slug: demoSlug,
    source: encode(makeDemoApplications({ count, now })),
    name: "demo",
    skipInvalid: false,
    actor,
    now,
  });
}

async function* encode(lines: Iterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const line of lines) yield encoder.encode(line);
}
