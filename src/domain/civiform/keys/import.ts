/** Imports API keys from a CiviForm database, with their credentials and history. */
import type { Database } from "../../../db/client.ts";
import { apiKeyUsage } from "../../../db/schema.ts";
import { DomainError } from "../../../lib/errors.ts";
import { coversMoreThanHalf, parseSubnet } from "../../../lib/net/subnets.ts";
import { type GrantRow, insertApiKey } from "../../access/keys/insert.ts";
import { allQuestions, storeQuestions } from "../../access/questions.ts";
import { listPrograms, type Program } from "../../programs/find.ts";
import { compareWithKnown, findKnownKey, type ImportContext, type ImportOutcome } from "./compare.ts";
import { type CiviFormKey, readCiviFormKey } from "./parse.ts";
import { readCiviFormKeyRows } from "./rows.ts";

/** The counts of an import, named as in an import of applications. */
export interface CiviFormKeyImport {
  readonly read: number;
  readonly inserted: number;
  /** Known keys whose salt was changed to the named one. */
  readonly updated: number;
  readonly unchanged: number;
  readonly rejected: number;
  /** One line for each that was rejected. */
  readonly problems: readonly string[];
  /** One line for each imported key whose subnets no new key may have. */
  readonly warnings: readonly string[];
}

/**
 * Imports rows of CiviForm's `api_keys` table in one transaction. Known keys with the same data are not
 * changed, apart from their salt when one is named, so a second import changes nothing. When a key
 * cannot be imported, throws `invalid` with every reason and stores nothing, unless `skipInvalid` says
 * to leave such keys out.
 */
export async function importCiviFormKeys(
  db: Database,
  input: ImportContext & { text: string; skipInvalid: boolean },
): Promise<CiviFormKeyImport> {
  const rows = readCiviFormKeyRows(input.text);
  const read = rows.map((row, index) => ({ number: index + 1, key: readCiviFormKey(row) }));
  const counts = { inserted: 0, updated: 0, unchanged: 0 };
  const rejected: { number: number; line: string }[] = [];
  const warnings: string[] = [];
  await db.transaction(async (tx) => {
    const programs = await listPrograms(tx);
    // Oldest first, because lists show keys by descending id.
    for (const { number, key } of read.toSorted((a, b) => createdMs(a.key) - createdMs(b.key))) {
      const outcome = "problems" in key ? key : await importKey(tx, { ...input, key, programs });
      if (outcome === "inserted" && "subnets" in key) warnings.push(...findWarnings(key));
      if (typeof outcome === "string") counts[outcome] += 1;
      else rejected.push({ number, line: `Row ${number}: ${outcome.problems.join(" ")}` });
    }
    if (rejected.length > 0 && !input.skipInvalid) throw refuseAll(linesOf(rejected), rows.length);
  });
  return { read: rows.length, ...counts, rejected: rejected.length, problems: linesOf(rejected), warnings };
}

function findWarnings({ name, subnets, retiredAt }: CiviFormKey): string[] {
  const isGlobal = coversMoreThanHalf(subnets.flatMap((text) => parseSubnet(text) ?? []));
  return isGlobal && retiredAt === null ? [`“${name}” allows more than half of all IP addresses. Narrow it.`] : [];
}

function createdMs(key: ReturnType<typeof readCiviFormKey>): number {
  return "problems" in key ? 0 : key.createdAt.getTime();
}

function linesOf(rejected: readonly { number: number; line: string }[]): string[] {
  return rejected.toSorted((a, b) => a.number - b.number).map(({ line }) => line);
}

function refuseAll(lines: readonly string[], count: number): DomainError {
  const summary = `Nothing was imported: ${lines.length} of ${count} keys cannot be imported.`;
  return new DomainError("invalid", [summary, ...lines].join("\n  - "));
}

async function importKey(
  tx: Database,
  input: ImportContext & { key: CiviFormKey; programs: readonly Program[] },
): Promise<ImportOutcome> {
  const { key, programs, salt, actor, now } = input;
  const known = await findKnownKey(tx, { keyId: key.keyId, actor, now });
  if (known !== undefined) return compareWithKnown(tx, { ...input, known });
  const granted = resolveGrants(key, programs);
  if ("problems" in granted) return granted;
  const { grants: _, subnets, callCount, lastUsedAddress, ...columns } = key;
  const made = await insertApiKey(tx, {
    row: { ...columns, subnets: [...subnets], saltId: salt.id },
    granted,
    action: "api_key.imported",
    details: { from: "CiviForm", callCount },
    actor,
    now,
  });
  if (made === undefined) return { problems: ["Another import is importing it now."] };
  if (callCount > 0 || lastUsedAddress !== null) {
    await tx.insert(apiKeyUsage).values({ apiKeyId: made.id, callCount, lastUsedAddress });
  }
  return "inserted";
}

function resolveGrants(key: CiviFormKey, programs: readonly Program[]): GrantRow[] | { problems: string[] } {
  const grantable = programs.filter(({ programType }) => programType !== "EXTERNAL");
  const ids = new Map(grantable.map(({ slug, id }) => [slug, id]));
  const unknown = [...new Set(key.grants.map(({ slug }) => slug))].filter((slug) => !ids.has(slug));
  if (unknown.length > 0) {
    const problem = `“${key.name}” has grants on programs that CiviKey does not have: ${unknown.join(", ")}.`;
    return { problems: [`${problem} Import those programs first.`] };
  }
  return key.grants.flatMap(({ slug, permission }) => {
    const programId = ids.get(slug);
    return programId === undefined ? [] : [{ programId, permission, ...storeQuestions(allQuestions) }];
  });
}
