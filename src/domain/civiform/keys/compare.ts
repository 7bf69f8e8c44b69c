/** Compares an imported key with the known key of the same key id: they must be the same. */
import { and, eq } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { apiKeys } from "../../../db/schema.ts";
import { recordAuditEvent } from "../../access/audit/record.ts";
import type { Salt } from "../../access/credentials.ts";
import { type ApiKey, getApiKey } from "../../access/keys/find.ts";
import type { Permitted } from "../../access/people/roles.ts";
import type { CiviFormKey } from "./parse.ts";

/** What is the same for all keys of an import. */
export interface ImportContext {
  /** The salt that CiviForm hashed with: a hash cannot tell. */
  readonly salt: Salt;
  /** Whether the salt was named, so that it applies to known keys too. */
  readonly isSaltNamed: boolean;
  readonly actor: Permitted<"change keys">;
  readonly now: Date;
}

/** What became of one key. */
export type ImportOutcome = "inserted" | "updated" | "unchanged" | { readonly problems: readonly string[] };

/** A key that CiviKey already has. */
interface KnownKey {
  readonly apiKey: ApiKey;
  readonly secretHash: string;
  readonly saltId: string;
}

/** Finds a key by its key id. */
export async function findKnownKey(
  tx: Database,
  { keyId, actor, now }: { keyId: string } & Pick<ImportContext, "actor" | "now">,
): Promise<KnownKey | undefined> {
  const [row] = await tx
    .select({ id: apiKeys.id, secretHash: apiKeys.secretHash, saltId: apiKeys.saltId })
    .from(apiKeys)
    .where(eq(apiKeys.keyId, keyId));
  if (row === undefined) return undefined;
  const { id, ...stored } = row;
  return { apiKey: await getApiKey(tx, { id, actor, now }), ...stored };
}

/**
 * Decides about a key that is already known: leaves it when the two are the same, changes its salt to the
 * named one, or refuses the import because they differ.
 */
export async function compareWithKnown(
  tx: Database,
  input: ImportContext & { key: CiviFormKey; known: KnownKey },
): Promise<ImportOutcome> {
  const { key, known, salt, isSaltNamed } = input;
  const differing = findDifferences(known, key, salt);
  const exists = `“${key.name}” already exists with`;
  if (differing.length > 0) {
    return { problems: [`${exists} a different ${differing.join(", ")}. It was not changed.`] };
  }
  // Another salt and another hash: a good call has rehashed the secret, which proves the earlier salt.
  if (known.saltId === salt.id || known.secretHash !== key.secretHash) return "unchanged";
  if (!isSaltNamed) return { problems: [`${exists} another salt. Choose the right one with --salt.`] };
  await changeSalt(tx, input);
  return "updated";
}

/** The names of the fields that differ. */
function findDifferences({ apiKey, ...known }: KnownKey, key: CiviFormKey, salt: Salt): string[] {
  const listOf = (texts: readonly string[]) => texts.toSorted().join(" ");
  const grantsOf = ({ grants }: Pick<CiviFormKey, "grants">) =>
    listOf(grants.map(({ slug, permission }) => `${slug} ${permission}`));
  const same: Readonly<Record<string, boolean>> = {
    name: apiKey.name === key.name,
    secret: known.saltId !== salt.id || known.secretHash === key.secretHash,
    subnets: listOf(apiKey.subnets) === listOf(key.subnets),
    expiration: apiKey.expiration.getTime() === key.expiration.getTime(),
    grants: grantsOf(apiKey) === grantsOf(key),
    creation: apiKey.createdAt.getTime() === key.createdAt.getTime() && apiKey.createdBy === key.createdBy,
    retirement: apiKey.retiredAt?.getTime() === key.retiredAt?.getTime() && apiKey.retiredBy === key.retiredBy,
  };
  return Object.keys(same).filter((name) => !same[name]);
}

async function changeSalt(tx: Database, input: ImportContext & { known: KnownKey }): Promise<void> {
  const { known, salt } = input;
  const { id, name, keyId } = known.apiKey;
  await tx
    .update(apiKeys)
    .set({ saltId: salt.id })
    .where(and(eq(apiKeys.id, id), eq(apiKeys.secretHash, known.secretHash)));
  const details = { name, keyId, before: { saltId: known.saltId }, after: { saltId: salt.id } };
  await recordAuditEvent(tx, input, "api_key.imported", details, { apiKeyId: id });
}
