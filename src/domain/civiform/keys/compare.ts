/** What becomes of a CiviForm key that is here already: the file may only repeat what is known. */
import { and, eq } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { apiKeys } from "../../../db/schema.ts";
import { type Actor, recordAuditEvent } from "../../access/audit/record.ts";
import type { Salt } from "../../access/credentials.ts";
import { type ApiKey, getApiKey } from "../../access/keys/find.ts";
import type { CiviFormKey } from "./parse.ts";

/** What is the same for all keys of an import. */
export interface ImportContext {
  /** The salt that CiviForm hashed with: a hash cannot tell. */
  readonly salt: Salt;
  /** Whether somebody named the salt, so that it counts for keys that are there already. */
  readonly isSaltNamed: boolean;
  readonly actor: Actor;
  readonly now: Date;
}

/** What became of one key. */
export type ImportOutcome =
  | "inserted"
  | "updated"
  | "unchanged"
  | { readonly problems: readonly string[] };

/** A key that is here. */
export interface KnownKey {
  readonly apiKey: ApiKey;
  readonly secretHash: string;
  readonly saltId: string;
}

/** Finds a key by its key id. */
export async function findKnownKey(
  tx: Database,
  keyId: string,
  now: Date,
): Promise<KnownKey | undefined> {
  const [row] = await tx
    .select({ id: apiKeys.id, secretHash: apiKeys.secretHash, saltId: apiKeys.saltId })
    .from(apiKeys)
    .where(eq(apiKeys.keyId, keyId));
  if (row === undefined) return undefined;
  const { secretHash, saltId } = row;
  return { apiKey: await getApiKey(tx, { id: row.id, now }), secretHash, saltId };
}

/**
 * Says what to do with a key of the file that is here already: nothing when it is the same, give it the
 * salt that was named, or refuse it because it differs.
 */
export async function compareWithKnown(
  tx: Database,
  input: ImportContext & { key: CiviFormKey; known: KnownKey },
): Promise<ImportOutcome> {
  const { key, known, salt, isSaltNamed } = input;
  const differing = findDifferences(known, key, salt);
  if (differing.length > 0) {
    return {
      problems: [
        `“${key.name}” is there already with other data: ${differing.join(", ")}. It is left as it is.`,
      ],
    };
  }
  // Under another salt with another hash, it was moved by a good call: that proves the salt it had.
  if (known.saltId === salt.id || known.secretHash !== key.secretHash) return "unchanged";
  if (!isSaltNamed) {
    return {
      problems: [`“${key.name}” is there already under another salt. Say which is right: --salt.`],
    };
  }
  await changeSalt(tx, input);
  return "updated";
}

/** What the file says otherwise than the database, by name. */
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
    creation:
      apiKey.createdAt.getTime() === key.createdAt.getTime() && apiKey.createdBy === key.createdBy,
    retirement:
      apiKey.retiredAt?.getTime() === key.retiredAt?.getTime() &&
      apiKey.retiredBy === key.retiredBy,
  };
  return Object.keys(same).filter((name) => !same[name]);
}

async function changeSalt(
  tx: Database,
  { known, salt, actor, now }: ImportContext & { known: KnownKey },
): Promise<void> {
  const { id, name, keyId } = known.apiKey;
  await tx
    .update(apiKeys)
    .set({ saltId: salt.id })
    .where(and(eq(apiKeys.id, id), eq(apiKeys.secretHash, known.secretHash)));
  await recordAuditEvent(tx, {
    at: now,
    actor,
    action: "api_key.imported",
    apiKeyId: id,
    details: { name, keyId, before: { saltId: known.saltId }, after: { saltId: salt.id } },
  });
}
