/** What a person has to show, besides a password, that it is them. */
import { and, desc, eq, isNull } from "drizzle-orm";
import type { Database } from "../../../../db/client.ts";
import { authenticatorApps, passkeys, recoveryCodes } from "../../../../db/schema.ts";
import { startOfStep } from "./totp.ts";

/** A passkey as its owner sees it. */
interface OwnPasskey {
  readonly id: number;
  /** As the person called it. */
  readonly name: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

/** The second factors of a person. */
export interface SecondFactors {
  /** The newest first. */
  readonly passkeys: readonly OwnPasskey[];
  readonly app: { readonly createdAt: Date; readonly lastUsedAt: Date } | null;
  /** How many recovery codes are not used yet. They are the way in without a factor, and none by themselves. */
  readonly recoveryCodes: number;
}

/** The second factors of a person. */
export async function listSecondFactors(db: Database, personId: number): Promise<SecondFactors> {
  const { id, name, createdAt, lastUsedAt } = passkeys;
  const [ownPasskeys, [app], codes] = await Promise.all([
    db
      .select({ id, name, createdAt, lastUsedAt })
      .from(passkeys)
      .where(eq(passkeys.adminId, personId))
      .orderBy(desc(id)),
    db.select().from(authenticatorApps).where(eq(authenticatorApps.adminId, personId)),
    db.$count(recoveryCodes, and(eq(recoveryCodes.adminId, personId), isNull(recoveryCodes.usedAt))),
  ]);
  return {
    passkeys: ownPasskeys,
    app: app ? { createdAt: app.createdAt, lastUsedAt: startOfStep(app.lastStep) } : null,
    recoveryCodes: codes,
  };
}

/** Whether a person has a second factor: a passkey or an authenticator app. */
export function hasSecondFactor({ passkeys: own, app }: SecondFactors): boolean {
  return own.length > 0 || app !== null;
}
