/**
 * Counts refused calls in memory: by everything that distinguishes them, and past a limit by key and reason
 * only, so that no flood of callers, paths or credentials can fill the memory.
 */
import type { RefusalReason } from "../authentication.ts";
import { createAdmission, createGathering } from "../usage/gathering.ts";

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

type Counts = Pick<RefusalTally, "calls" | "lastAt" | "lastRequestId">;

const minuteLengthMs = 60_000;
/** Different refusals that are told apart in one minute: of one key, of calls without a key, of all. */
export const distinctRefusalsMax = { ofOneKey: 60, withoutKey: 600, together: 5_000 } as const;
/** Tallies in memory, however long the database is away. */
export const talliesMax = 20_000;

/** Makes what counts. */
export function createRefusalTallies() {
  const { find, add, ...gathered } = createGathering<RefusalTally>({ idOf, merge, talliesMax });
  const { ofOneKey, withoutKey, together } = distinctRefusalsMax;
  const admits = createAdmission<number | undefined, number>({
    maxOf: (apiKeyId) => (apiKeyId === undefined ? withoutKey : ofOneKey),
    together,
  });
  return {
    /** Counts one call. */
    count({ at, reason, apiKeyId, requestId, address, route, slug, fingerprint }: RefusedCall): void {
      const minuteMs = Math.floor(at.getTime() / minuteLengthMs) * minuteLengthMs;
      const id = idOf({ minuteMs, reason, apiKeyId, address, route, slug, fingerprint });
      const call = { calls: 1, lastAt: at, lastRequestId: requestId };
      const known = find(id);
      if (known === undefined) {
        const details = admits(minuteMs, apiKeyId, id) ? { address, route, slug, fingerprint } : noDetails;
        add({ minuteMs, reason, apiKeyId, ...details, ...call });
      } else merge(known, call);
    },
    ...gathered,
  };
}

const noDetails = { address: undefined, route: undefined, slug: undefined, fingerprint: undefined };

function idOf(of: Omit<RefusalTally, keyof Counts>): string {
  const { minuteMs, reason, apiKeyId, address, route, slug, fingerprint } = of;
  return `${minuteMs} ${reason} ${apiKeyId} ${address} ${route} ${slug} ${fingerprint}`;
}

function merge(known: RefusalTally, added: Counts): void {
  known.calls += added.calls;
  if (added.lastAt < known.lastAt) return;
  known.lastAt = added.lastAt;
  known.lastRequestId = added.lastRequestId;
}
