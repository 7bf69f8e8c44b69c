/** Creates the first admin through a one-time link, which the server prints while there is no admin. */
import { and, eq, gt } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { setupLinks } from "../../../db/schema.ts";
import { DomainError } from "../../../lib/errors.ts";
import type { Secret } from "../../../lib/secrets/secret.ts";
import { createAdmin, lockFirstAdmin } from "./create.ts";
import { hasAdmin, type Person } from "./find.ts";
import { createToken, digestToken } from "./sessions.ts";

const linkHours = 24;

/** Makes a link's token; undefined if there is an admin. */
export async function createSetupToken(db: Database, { now }: { now: Date }): Promise<Secret | undefined> {
  if (await hasAdmin(db)) return undefined;
  const token = createToken();
  const expiresAt = new Date(now.getTime() + linkHours * 3_600_000);
  await db.insert(setupLinks).values({ tokenDigest: digestToken(token), createdAt: now, expiresAt });
  return token;
}

/** Whether a link still works: it has not expired, and there is no admin yet. */
export async function isSetupTokenValid(db: Database, input: { token: Secret; now: Date }): Promise<boolean> {
  const { tokenDigest, expiresAt } = setupLinks;
  const isOpen = and(eq(tokenDigest, digestToken(input.token)), gt(expiresAt, input.now));
  return (await db.$count(setupLinks, isOpen)) > 0 && !(await hasAdmin(db));
}

/**
 * Creates the first admin and ends all links. Throws `not_found` for a link that does not work, and
 * `invalid` by field for a bad e-mail or password, after which the link still works.
 */
export async function createFirstAdmin(
  db: Database,
  input: { token: Secret; email: string; password: Secret; address: string | null; now: Date },
): Promise<Person> {
  return db.transaction(async (tx) => {
    await lockFirstAdmin(tx);
    if (!(await isSetupTokenValid(tx, input))) {
      throw new DomainError("not_found", "This link has expired or was already used.");
    }
    await tx.delete(setupLinks);
    return createAdmin(tx, { ...input, actor: { name: "setup link", address: input.address } });
  });
}
