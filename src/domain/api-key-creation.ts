/** Makes API keys: reads the new-key form, reports all its problems at once, stores what is right (spec 3, "New key"). */
import { inArray } from "drizzle-orm";
import type { Database } from "../db/client.ts";
import { apiKeys, grants, programs } from "../db/schema.ts";
import { type ApiKey, getApiKey } from "./api-keys.ts";
import { type Actor, recordAuditEvent } from "./audit.ts";
import {
  generateCredentials,
  hashSecret,
  type NewCredentials,
  type SaltRing,
} from "./credentials.ts";
import { DomainError } from "./errors.ts";
import type { Permission } from "./grants.ts";
import { coversEverything, parseSubnet, type Subnet, splitSubnetList } from "./subnets.ts";
import { addDays, localDate, parseDate, startOfDay } from "./times.ts";

/** The new-key form as it was filled in; the names are CiviForm's. */
export interface NewApiKeyForm {
  readonly keyName: string;
  /** `YYYY-MM-DD`: the key stops working when that day starts in the instance's zone. */
  readonly expiration: string;
  /** CIDR blocks, separated by commas or lines. */
  readonly subnet: string;
  readonly contactEmail: string;
  readonly note: string;
  readonly grants: readonly { readonly slug: string; readonly permission: Permission }[];
  /** Made with the form and sent back with it; empty where there is none (scripts, the CLI). */
  readonly formToken: string;
}

/** What an instance allows. */
export interface ApiKeyRules {
  /** IANA name of the instance's zone. */
  readonly zone: string;
  /** 0 = no limit. */
  readonly lifetimeDaysMax: number;
  readonly bansGlobalSubnet: boolean;
}

const nameLengthMax = 200;
const noteLengthMax = 2000;
const subnetsMax = 200;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controlCharacter = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** The latest date that a key made now may expire on, or undefined without a limit. */
export function latestExpiration(rules: ApiKeyRules, now: Date): string | undefined {
  if (rules.lifetimeDaysMax === 0) return undefined;
  return addDays(localDate(now, rules.zone), rules.lifetimeDaysMax);
}

/**
 * Makes a key and its grants, and the audit event, in one transaction. The credentials are in the
 * answer and nowhere else. Throws `invalid` with every problem by field, or without fields when a
 * grant names a program that does not exist, `conflict` when this form has made a key already (a page
 * was reloaded); nothing is stored then.
 */
export async function createApiKey(
  db: Database,
  input: { form: NewApiKeyForm; rules: ApiKeyRules; salts: SaltRing; actor: Actor; now: Date },
): Promise<{ apiKey: ApiKey; credentials: NewCredentials }> {
  const { form, rules, salts, actor, now } = input;
  const granted = await findGrantedPrograms(db, form);
  const values = readForm(form, { rules, now });
  const credentials = generateCredentials();
  const apiKey = await db.transaction(async (tx) => {
    const [row] = await tx
      .insert(apiKeys)
      .values({
        ...values,
        keyId: credentials.keyId,
        secretHash: hashSecret(credentials.secret, salts.current),
        saltId: salts.current.id,
        createdAt: now,
        createdBy: actor.name,
      })
      .onConflictDoNothing({ target: apiKeys.formToken })
      .returning({ id: apiKeys.id });
    if (!row) {
      throw new DomainError("conflict", "This form was sent before, and has made its API key.");
    }
    await tx.insert(grants).values(granted.map((grant) => ({ apiKeyId: row.id, ...grant })));
    const made = await getApiKey(tx, { id: row.id, now });
    await recordAuditEvent(tx, {
      at: now,
      actor,
      action: "api_key.created",
      apiKeyId: row.id,
      details: {
        name: made.name,
        keyId: made.keyId,
        expiration: made.expiration.toISOString(),
        subnets: made.subnets,
        grants: made.grants.map(({ slug, permission }) => ({ slug, permission })),
      },
    });
    return made;
  });
  return { apiKey, credentials };
}

/** Reads every field. Throws `invalid` with the problems of all of them. */
function readForm(form: NewApiKeyForm, context: { rules: ApiKeyRules; now: Date }) {
  const name = form.keyName.trim();
  const contactEmail = form.contactEmail.trim();
  const note = form.note.trim();
  const subnets = readSubnets(form.subnet);
  const fields = dropEmpty({
    keyName: findNameProblems(name),
    expiration: findExpirationProblems(form.expiration.trim(), context),
    subnet:
      subnets.problems.length > 0
        ? subnets.problems
        : findCoverageProblems(subnets.parsed, context.rules),
    contactEmail:
      contactEmail === "" || (/^[^\s@]+@[^\s@]+$/.test(contactEmail) && contactEmail.length <= 254)
        ? []
        : ["Contact e-mail must be an address such as name@example.org."],
    note: [
      ...(note.length > noteLengthMax
        ? [`Note must have ${noteLengthMax} characters or fewer.`]
        : []),
      ...(controlCharacter.test(note) ? ["Note cannot contain control characters."] : []),
    ],
    grants: form.grants.length === 0 ? ["You must select at least one program."] : [],
  });
  const expiration = startOfDay(form.expiration.trim(), context.rules.zone);
  if (Object.keys(fields).length > 0 || expiration === undefined) {
    throw new DomainError("invalid", Object.values(fields).flat().join(" "), { fields });
  }
  return {
    name,
    expiration,
    subnets: [...new Set(subnets.parsed.map((subnet) => subnet.text))],
    contactEmail: contactEmail || null,
    note: note || null,
    formToken: /^[\w-]{1,64}$/.test(form.formToken) ? form.formToken : null,
  };
}

function findNameProblems(name: string): string[] {
  if (name === "") return ["Key name cannot be blank."];
  if (name.length > nameLengthMax)
    return [`Key name must have ${nameLengthMax} characters or fewer.`];
  return controlCharacter.test(name) ? ["Key name cannot contain control characters."] : [];
}

function findExpirationProblems(
  text: string,
  { rules, now }: { rules: ApiKeyRules; now: Date },
): string[] {
  if (text === "") return ["Expiration cannot be blank."];
  const start = parseDate(text) && startOfDay(text, rules.zone);
  if (!start) return ["Expiration must be in the form YYYY-MM-DD."];
  if (start <= now) return ["Expiration must be in the future."];
  const latest = latestExpiration(rules, now);
  return latest !== undefined && text > latest
    ? [`Expiration must be on or before ${latest}.`]
    : [];
}

function readSubnets(text: string): { parsed: Subnet[]; problems: string[] } {
  const elements = splitSubnetList(text);
  if (elements.length === 0) return { parsed: [], problems: ["Subnet cannot be blank."] };
  if (elements.length > subnetsMax) {
    return { parsed: [], problems: [`Subnet cannot have more than ${subnetsMax} elements.`] };
  }
  const parsed = elements.map((element) => ({ element, subnet: parseSubnet(element) }));
  const wrong = parsed.filter(({ subnet }) => subnet === undefined).map(({ element }) => element);
  return {
    parsed: parsed.flatMap(({ subnet }) => subnet ?? []),
    problems: wrong.map((element) => `Subnet must be in CIDR notation. This is not: ${element}`),
  };
}

function findCoverageProblems(subnets: readonly Subnet[], rules: ApiKeyRules): string[] {
  return rules.bansGlobalSubnet && coversEverything(subnets)
    ? ["Subnet cannot allow all IP addresses."]
    : [];
}

/** Finds the programs that are granted. External programs have no applications, so they cannot be. */
async function findGrantedPrograms(
  db: Database,
  form: NewApiKeyForm,
): Promise<{ programId: number; permission: Permission }[]> {
  const slugs = [...new Set(form.grants.map((grant) => grant.slug))];
  if (slugs.length === 0) return [];
  const rows = await db
    .select()
    .from(programs)
    .where(
      inArray(
        programs.slug,
        slugs.filter((slug) => /^[a-z0-9-]+$/.test(slug)),
      ),
    );
  const bySlug = new Map(rows.map((row) => [row.slug, row]));
  const wanted = new Map(form.grants.map((grant) => [`${grant.permission} ${grant.slug}`, grant]));
  return [...wanted.values()].map(({ slug, permission }) => {
    const program = bySlug.get(slug);
    if (program === undefined || program.programType === "EXTERNAL") {
      throw new DomainError("invalid", `Program not found for slug: ${slug}`);
    }
    return { programId: program.id, permission };
  });
}

function dropEmpty(fields: Record<string, string[]>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(fields).filter(([, problems]) => problems.length > 0));
}
