/** Checks a code that somebody typed: of their authenticator app, or a recovery code. Throttled like passwords. */
import type { Database } from "../../../../db/client.ts";
import { recordAuditEvent } from "../../audit/record.ts";
import type { Person } from "../find.ts";
import { countAttempt, forgetAttempt } from "../throttle.ts";
import { useAppCode } from "./authenticator-app.ts";
import { looksLikeRecoveryCode, useRecoveryCode } from "./recovery-codes.ts";

/** One try. */
interface CodeAttempt {
  readonly person: Person;
  readonly code: string;
  /** A session, or a browser that has signed in to this account before. */
  readonly known: string | undefined;
  /** Canonical address of the caller, for the audit trail. */
  readonly address: string | null;
  /** Opens the secret of the app. */
  readonly authenticatorKey: Uint8Array;
  readonly fingerprintKey: Uint8Array;
  readonly now: Date;
}

/** What is wrong with a code; undefined when it was right, and is used up. */
export type CodeProblem = "wrong_code" | "used_code" | "too_many_failures";

/**
 * Uses a code. After 10 failures in 15 minutes a right one is refused too: of all strangers to the account together,
 * from whatever network, because each of them knows the password; a known browser has its own 10. Failures are
 * audited; of those that are one too many, the first in 15 minutes.
 */
export async function checkCode(db: Database, attempt: CodeAttempt): Promise<CodeProblem | undefined> {
  const { person, code, known, address, authenticatorKey: key, fingerprintKey, now } = attempt;
  const actor = { name: person.email, address };
  const refuse = async (problem: CodeProblem) => {
    const details = { reason: problem.replaceAll("_", " ") };
    await recordAuditEvent(db, { actor, now }, "admin.second_factor_refused", details);
    return problem;
  };
  const caller = { email: `codes of ${person.email}`, network: `codes of ${person.id}`, known, fingerprintKey };
  const counted = await countAttempt(db, caller, now);
  if (!counted.isAllowed) return counted.isFirst ? refuse("too_many_failures") : "too_many_failures";
  const { id: personId } = person;
  if (looksLikeRecoveryCode(code)) {
    if (!(await useRecoveryCode(db, { personId, code, actor, now }))) return refuse("wrong_code");
  } else {
    const result = await useAppCode(db, { personId, code, key, now });
    if (result !== "right") return refuse(result);
  }
  await forgetAttempt(db, counted.id);
  return undefined;
}
