/** The referee of the load run: which answers clients may get, and which they got. Times are `performance.now()`. */

/** One thing a key may do, until someone takes it away. */
export interface Door {
  readonly request: string;
  /** When its end was asked for: from then on both answers are right, until… */
  closingMs: number;
  /** …it was acknowledged: what is sent from then on must be refused. */
  closedMs: number;
}

/** An open door. */
export function openDoor(request: string): Door {
  return { request, closingMs: Number.POSITIVE_INFINITY, closedMs: Number.POSITIVE_INFINITY };
}

/** A stretch of time. */
export interface Span {
  readonly fromMs: number;
  /** Infinity while it lasts. */
  untilMs: number;
}

/** Begins a stretch of time, now or at `fromMs`. */
export function openSpan(fromMs = performance.now()): Span {
  return { fromMs, untilMs: Number.POSITIVE_INFINITY };
}

/** What happened to PostgreSQL. */
export interface Troubles {
  /** Times without it: from its end to its first answer. */
  readonly outages: Span[];
  /** Times when its disk was full. */
  readonly fullTimes: Span[];
}

/** One answer. */
export interface LoadAnswer {
  readonly door: Door;
  readonly sentMs: number;
  readonly answeredMs: number;
  readonly status: number;
}

/** The verdict on an answer: the first three are correct answers. */
export type Verdict =
  | "right"
  | "refused rightly"
  | "503 while the database was away"
  | "wrong 200"
  | "wrong 401"
  | "503 without need"
  | "another status";

/** The verdicts that are wrong answers. */
export const wrongVerdicts: readonly Verdict[] = ["wrong 200", "wrong 401", "503 without need", "another status"];

/** How long after its return a server may not have noticed that the database is back. */
const noticedWithinMs = 2_000;

/** Judges one answer; a 503 once it is known how long the outages were. That the disk was full excuses nothing. */
export function judgeAnswer(answer: LoadAnswer, outages: readonly Span[]): Verdict {
  const { door, sentMs, answeredMs, status } = answer;
  if (status === 200) return sentMs >= door.closedMs ? "wrong 200" : "right";
  if (status === 401) return answeredMs <= door.closingMs ? "wrong 401" : "refused rightly";
  if (status !== 503) return "another status";
  return wasAway({ sentMs, answeredMs }, outages) ? away : "503 without need";
}

/** What the page of an admin answered who wanted to change something. */
export interface ChangeAnswer {
  readonly sentMs: number;
  readonly answeredMs: number;
  readonly status: number;
  /** It leads to where such a change leads when it was made. */
  readonly saysDone: boolean;
  /** It says that the disk is full and that nothing was changed. */
  readonly saysFull: boolean;
}

/** What such an answer was: the first three names are right ones. */
export type ChangeVerdict =
  | "stored"
  | "503, the disk is full"
  | "503 while the database was away"
  | "503 without need"
  | "another answer"
  | "stored, but denied";

/** Every verdict on a change that is a wrong answer. */
export const wrongChanges: readonly ChangeVerdict[] = ["503 without need", "another answer", "stored, but denied"];

/** Judges one answer to an admin, as `judgeAnswer` does. Whether a denial was true only the database knows. */
export function judgeChange(answer: ChangeAnswer, troubles: Troubles): ChangeVerdict {
  if (answer.saysDone) return "stored";
  if (answer.status !== 503) return "another answer";
  if (answer.saysFull) {
    return overlaps(answer, troubles.fullTimes, 0) ? "503, the disk is full" : "503 without need";
  }
  return wasAway(answer, troubles.outages) ? away : "503 without need";
}

const away = "503 while the database was away";

type Exchange = Pick<LoadAnswer, "sentMs" | "answeredMs">;

function wasAway(exchange: Exchange, outages: readonly Span[]): boolean {
  return overlaps(exchange, outages, noticedWithinMs);
}

function overlaps(exchange: Exchange, spans: readonly Span[], graceMs: number): boolean {
  const { sentMs, answeredMs } = exchange;
  return spans.some(({ fromMs, untilMs }) => answeredMs >= fromMs && sentMs <= untilMs + graceMs);
}
