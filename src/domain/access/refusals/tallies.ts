/**
 * Counts refused calls in memory: by everything that distinguishes them, and past a limit by key and reason
 * only, so that no flood of callers, paths or credentials can fill the memory.
 */
import type { RefusalReason } from "../authentication.ts";

/** One call that was answered with 401. Only the slug is the caller's own text. */
export interface RefusedCall {
  readonly at: Date;
  readonly reason: RefusalReason;
  /** The key whose key id was given, if there is one. */
  readonly apiKeyId: number | undefined;
  /** Canonical client address; undefined when it is unknown. */
  readonly address: string | undefined;
  /** The pattern of the route. */
  readonly route: string;
  /** The slug in the path; stored only if a program has it. */
  readonly slug: string | undefined;
  /** Keyed hash of the key id or the malformed credential. */
  readonly fingerprint: string | undefined;
  readonly requestId: string;
}

/** Identical refused calls of one minute. */
export interface RefusalTally extends Omit<RefusedCall, "at" | "requestId" | "route"> {
  readonly minuteMs: number;
  /** Undefined in a tally that stands for several routes, addresses and fingerprints. */
  readonly route: string | undefined;
  calls: number;
  lastAt: Date;
  lastRequestId: string;
}

const minuteLengthMs = 60_000;
/** Different refusals that are told apart in one minute: of one key, of calls without a key, of all. */
export const distinctRefusalsMax = { ofOneKey: 60, withoutKey: 600, together: 5_000 } as const;
/** Tallies in memory, however long the database is away. */
export const talliesMax = 20_000;

/** Makes an empty gathering. */
export function createRefusalTallies() {
  let gathered = new Map<string, RefusalTally>();
  const admits = createAdmission();

  function add(tally: RefusalTally): void {
    const id = idOf(tally);
    const known = gathered.get(id);
    if (known === undefined) {
      if (gathered.size < talliesMax) gathered.set(id, tally);
      return;
    }
    known.calls += tally.calls;
    if (tally.lastAt < known.lastAt) return;
    known.lastAt = tally.lastAt;
    known.lastRequestId = tally.lastRequestId;
  }

  return {
    /** Counts one call. */
    count({ at, reason, apiKeyId, requestId, ...details }: RefusedCall): void {
      const minuteMs = Math.floor(at.getTime() / minuteLengthMs) * minuteLengthMs;
      const tally = { minuteMs, reason, apiKeyId, calls: 1, lastAt: at, lastRequestId: requestId };
      const detailed = { ...tally, ...details };
      add(admits(detailed) ? detailed : { ...tally, ...noDetails });
    },
    /** Takes all tallies out; counting starts again from nothing. */
    takeAll(): RefusalTally[] {
      const taken = [...gathered.values()];
      gathered = new Map();
      return taken;
    },
    /** Takes back what could not be written. */
    putBack: (tallies: readonly RefusalTally[]) => tallies.forEach(add),
  };
}

const noDetails = { address: undefined, route: undefined, slug: undefined, fingerprint: undefined };

function idOf(tally: RefusalTally): string {
  const { minuteMs, reason, apiKeyId, address, route, slug, fingerprint } = tally;
  return [minuteMs, reason, apiKeyId, address, route, slug, fingerprint].join(" ");
}

/** Decides which refusals of a minute are counted in detail: the first ones of each key, and those without one. */
function createAdmission(): (tally: RefusalTally) => boolean {
  const idsByKey = new Map<number | undefined, Set<string>>();
  let newestMinuteMs = 0;
  let together = 0;
  return (tally) => {
    if (tally.minuteMs > newestMinuteMs) {
      newestMinuteMs = tally.minuteMs;
      idsByKey.clear();
      together = 0;
    }
    const { apiKeyId } = tally;
    const id = idOf(tally);
    const ids = idsByKey.get(apiKeyId) ?? new Set();
    if (ids.has(id)) return true;
    const { ofOneKey, withoutKey } = distinctRefusalsMax;
    const idsMax = apiKeyId === undefined ? withoutKey : ofOneKey;
    if (ids.size >= idsMax || together >= distinctRefusalsMax.together) return false;
    idsByKey.set(apiKeyId, ids.add(id));
    together += 1;
    return true;
  };
}
