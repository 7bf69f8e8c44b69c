/** What the callers of the load run may be answered, and what they were: the referee. Times are `performance.now()`. */

/** One thing that a key may do, until somebody takes it away. */
export interface Door {
  readonly request: string;
  /** When its end was asked for: from then on both answers are right, until… */
  closingMs: number;
  /** …it was acknowledged: what is sent from then on must be refused. */
  closedMs: number;
}

/** A door that is open. */
export function openDoor(request: string): Door {
  return { request, closingMs: Number.POSITIVE_INFINITY, closedMs: Number.POSITIVE_INFINITY };
}

/** A time without a database: from its end to its first answer. */
export interface Outage {
  readonly fromMs: number;
  untilMs: number;
}

/** One answer. */
export interface LoadAnswer {
  readonly door: Door;
  readonly sentMs: number;
  readonly answeredMs: number;
  readonly status: number;
}

/** What an answer was: the first three names are right ones. */
export type Verdict =
  | "right"
  | "refused rightly"
  | "503 while the database was away"
  | "wrong 200"
  | "wrong 401"
  | "503 without need"
  | "another status";

/** Every verdict that is a wrong answer. */
export const wrongVerdicts: readonly Verdict[] = [
  "wrong 200",
  "wrong 401",
  "503 without need",
  "another status",
];

/** So long after its return the database may still be away for a server that has not noticed. */
const noticedWithinMs = 2_000;

/** Judges one answer. */
export function judgeAnswer(answer: LoadAnswer, outages: readonly Outage[]): Verdict {
  const { door, sentMs, answeredMs, status } = answer;
  if (status === 200) return sentMs >= door.closedMs ? "wrong 200" : "right";
  if (status === 401) return answeredMs <= door.closingMs ? "wrong 401" : "refused rightly";
  if (status !== 503) return "another status";
  const wasAway = outages.some(
    ({ fromMs, untilMs }) => answeredMs >= fromMs && sentMs <= untilMs + noticedWithinMs,
  );
  return wasAway ? "503 while the database was away" : "503 without need";
}
