/** One-time links: an invitation, or a sign-in for when nothing else works. */
import { and, eq, gt, isNull } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { admins, oneTimeLinks } from "../../../db/schema.ts";
import type { Secret } from "../../../lib/secrets/secret.ts";
import { type Person, personColumns } from "./find.ts";
import { createToken, digestToken } from "./sessions.ts";

/** What a link is for. */
export type LinkPurpose = (typeof oneTimeLinks.$inferSelect)["purpose"];

/** A new link. The token is nowhere else. */
export interface OneTimeLink {
  readonly token: Secret;
  readonly expiresAt: Date;
}

const hours: Readonly<Record<LinkPurpose, number>> = { invitation: 24, sign_in: 1 };
const paths: Readonly<Record<LinkPurpose, string>> = { invitation: "/invitation", sign_in: "/login/link" };

/** A link's address; whoever has it has the token. */
export function spellLink(baseUrl: string, purpose: LinkPurpose, token: Secret): string {
  return `${baseUrl}${paths[purpose]}?token=${token.reveal()}`;
}

/** Makes a link for a person. Earlier ones for the same purpose stop working. */
export async function createLink(
  tx: Database,
  { personId, purpose, now }: { personId: number; purpose: LinkPurpose; now: Date },
): Promise<OneTimeLink> {
  const token = createToken();
  const expiresAt = new Date(now.getTime() + hours[purpose] * 3_600_000);
  await tx.delete(oneTimeLinks).where(and(eq(oneTimeLinks.adminId, personId), eq(oneTimeLinks.purpose, purpose)));
  await tx
    .insert(oneTimeLinks)
    .values({ tokenDigest: digestToken(token), adminId: personId, purpose, createdAt: now, expiresAt });
  return { token, expiresAt };
}

/** Ends every open link of a person, or those of one purpose. */
export async function endLinks(tx: Database, personId: number, purpose?: LinkPurpose): Promise<void> {
  const ofPurpose = purpose && eq(oneTimeLinks.purpose, purpose);
  await tx.delete(oneTimeLinks).where(and(eq(oneTimeLinks.adminId, personId), ofPurpose));
}

/** Whose link it is; undefined when it expired, was used, or its person is disabled. An invitation ends at the first sign-in. */
export async function findLink(
  db: Database,
  { token, purpose, now }: { token: Secret; purpose: LinkPurpose; now: Date },
): Promise<Person | undefined> {
  const isShown = and(eq(oneTimeLinks.tokenDigest, digestToken(token)), eq(oneTimeLinks.purpose, purpose));
  const isNew = and(isNull(admins.passwordHash), isNull(admins.lastSignedInAt));
  const works = and(
    gt(oneTimeLinks.expiresAt, now),
    isNull(admins.disabledAt),
    purpose === "invitation" ? isNew : undefined,
  );
  const [person] = await db
    .select(personColumns)
    .from(oneTimeLinks)
    .innerJoin(admins, eq(admins.id, oneTimeLinks.adminId))
    .where(and(isShown, works));
  return person;
}

/** Uses a link up, and says whose it was; undefined as for `findLink`. Of two uses at once, one gets the person. */
export async function takeLink(
  db: Database,
  input: { token: Secret; purpose: LinkPurpose; now: Date },
): Promise<Person | undefined> {
  const person = await findLink(db, input);
  if (person === undefined) return undefined;
  const { tokenDigest } = oneTimeLinks;
  const taken = await db
    .delete(oneTimeLinks)
    .where(eq(tokenDigest, digestToken(input.token)))
    .returning({ tokenDigest });
  return taken.length === 0 ? undefined : person;
}
