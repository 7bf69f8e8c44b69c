/** Reads a row of CiviForm's `api_keys` table, or says why the key cannot be imported. */
import { isStorableText } from "../../../lib/json/storable.ts";
import { tryParseJson } from "../../../lib/json/unknown.ts";
import { parseAddress, parseSubnet, splitSubnetList } from "../../../lib/net/subnets.ts";
import { isStorableTime } from "../../../lib/time/stored.ts";
import { parseTimestamp } from "../../../lib/time/times.ts";
import type { Permission } from "../../access/grants.ts";
import type { CiviFormKeyColumn, CiviFormKeyRow } from "./rows.ts";

/** A key as CiviForm had it. */
export interface CiviFormKey {
  readonly keyId: string;
  readonly name: string;
  /** Base64 HMAC-SHA-256 of the secret, under CiviForm's salt. */
  readonly secretHash: string;
  /** Canonical CIDR texts, each once. All addresses are allowed here: this is history. */
  readonly subnets: readonly string[];
  readonly expiration: Date;
  readonly grants: readonly { readonly slug: string; readonly permission: Permission }[];
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly retiredAt: Date | null;
  readonly retiredBy: string | null;
  readonly callCount: number;
  /** Null also when CiviForm stored something that is not an address. */
  readonly lastUsedAddress: string | null;
}

/** Who did it, where CiviForm does not say. */
const unknownActor = "unknown";

/** Reads one row: the key, or every reason why it cannot be imported. */
export function readCiviFormKey(row: CiviFormKeyRow): CiviFormKey | { problems: string[] } {
  const problems: string[] = [];
  const text = (column: CiviFormKeyColumn) => readText(row, column, problems);
  const time = (column: CiviFormKeyColumn) => readTime(text(column), column, problems);
  const require = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };

  const keyId = text("key_id");
  require(/^[^:\p{Cc}]+$/u.test(keyId), "key_id is not a valid user name for HTTP Basic.");
  const name = text("name");
  require(name.trim() !== "", "name is blank.");
  const secretHash = text("salted_key_secret");
  const digest = Buffer.from(secretHash, "base64");
  const isDigest = digest.length === 32 && digest.toString("base64") === secretHash;
  require(isDigest, "salted_key_secret is not a Base64 HMAC-SHA-256.");
  const expiration = time("expiration");
  const createdAt = time("create_time");
  require(text("expiration") !== "", "expiration is missing.");
  require(text("create_time") !== "", "create_time is missing.");
  const retiredAt = text("retired_time") === "" ? null : time("retired_time");
  const isRetired = retiredAt !== null;
  require(isRetired || text("retired_by") === "", "retired_by is set, but retired_time is not.");
  const subnets = readSubnets(text("subnet"), problems);
  const grants = readGrants(row.grants, problems);
  const callCount = text("call_count") || "0";
  require(/^\d{1,15}$/.test(callCount), "call_count is not a count.");
  if (problems.length > 0) return { problems: [...new Set(problems)] };
  return {
    keyId,
    name,
    secretHash,
    subnets,
    expiration,
    grants,
    createdAt,
    createdBy: text("created_by") || unknownActor,
    retiredAt,
    retiredBy: isRetired ? text("retired_by") || unknownActor : null,
    callCount: Number(callCount),
    lastUsedAddress: parseAddress(text("last_call_ip_address"))?.text ?? null,
  };
}

function readText(row: CiviFormKeyRow, column: CiviFormKeyColumn, problems: string[]): string {
  const value = row[column] ?? "";
  if (typeof value === "number") return String(value);
  if (typeof value === "string" && isStorableText(value)) return value;
  problems.push(`${column} cannot be stored as text.`);
  return "";
}

/** `2023-05-25 13:46:15.5-07`, as psql writes times, or ISO; without an offset it is UTC, which CiviForm keeps. */
const writtenTime = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(Z|[+-]\d{2}(?::?\d{2})?)?$/;

function readTime(text: string, column: string, problems: string[]): Date {
  const [, day, time, offset = "Z"] = writtenTime.exec(text) ?? [];
  const fullOffset = offset.replace(/^([+-]\d{2}):?(\d{2})?$/, (_, hours, minutes = "00") => `${hours}:${minutes}`);
  const micros = parseTimestamp(`${day}T${time}${fullOffset}`);
  if (micros === undefined || !isStorableTime(micros)) {
    if (text !== "") problems.push(`${column} is not a time: ${text}`);
    return new Date(0);
  }
  return new Date(Math.floor(Number(micros) / 1000));
}

function readSubnets(text: string, problems: string[]): string[] {
  const elements = splitSubnetList(text);
  if (elements.length === 0) problems.push("subnet is blank.");
  const parsed = elements.map((element) => ({ element, subnet: parseSubnet(element) }));
  for (const { element } of parsed.filter(({ subnet }) => subnet === undefined)) {
    problems.push(`subnet is not in CIDR notation: ${element}`);
  }
  return [...new Set(parsed.flatMap(({ subnet }) => subnet?.text ?? []))];
}

/** CiviForm's `{"programGrants":{"<slug>":["READ"]}}`, parsed or as text. */
function readGrants(value: unknown, problems: string[]): CiviFormKey["grants"] {
  const grants: CiviFormKey["grants"][number][] = [];
  const document = typeof value === "string" ? tryParseJson(value) : value;
  const byProgram = entriesOf(entriesOf(document).get("programGrants"));
  let areKnown = true;
  for (const [slug, permissions] of byProgram) {
    for (const permission of new Set(Array.isArray(permissions) ? permissions : [permissions])) {
      if (permission === "READ" || permission === "WRITE") grants.push({ slug, permission });
      else areKnown = false;
    }
  }
  if (!areKnown) problems.push("grants has a permission that is neither READ nor WRITE.");
  else if (grants.length === 0) problems.push("grants names no program: a key needs one.");
  return grants;
}

function entriesOf(value: unknown): Map<string, unknown> {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}
