/** Fills an empty database with the demo's programs, applications, keys and their traffic. */
import type { Database } from "../db/client.ts";
import type { SaltRing } from "../domain/access/credentials.ts";
import type { Permitted, Right } from "../domain/access/people/roles.ts";
import { type ApplicationImport, importApplications } from "../domain/applications/imports/import.ts";
import { listPrograms } from "../domain/programs/find.ts";
import { importProgram } from "../domain/programs/import.ts";
import { DomainError } from "../lib/errors.ts";
import { makeDemoApplications } from "./applications.ts";
import { seedDemoKeys } from "./keys.ts";
import { demoPrograms } from "./program.ts";

/** The demo's program that has applications. */
export const demoSlug = "utility-discount";

/**
 * Imports the demo's programs and `count` applications to the first, and makes keys and a month of traffic. Throws `conflict` on a database that has
 * other programs: demo data is never mixed with real data.
 */
export async function seedDemo(
  db: Database,
  input: { count: number; salts: SaltRing; zone: string; actor: Permitted<Right>; now: Date },
): Promise<ApplicationImport> {
  const { count, actor, now } = input;
  const programs = await listPrograms(db);
  const own = demoPrograms.map(({ program }) => program.adminName);
  if (programs.some(({ slug }) => !own.includes(slug))) {
    throw new DomainError("conflict", "This database has programs that are not the demo's.");
  }
  // Before the first key.
  const importedAt = new Date(now.getTime() - 320 * 86_400_000);
  for (const program of demoPrograms) {
    await importProgram(db, { text: JSON.stringify(program), publish: true, actor, now: importedAt });
  }
  if (programs.length === 0) await seedDemoKeys(db, input);
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
