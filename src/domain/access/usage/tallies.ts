/** Calls counted in memory until they are written: by key and day, and within those by address and by grant. */
import type { Permission } from "../grants.ts";

/** One call that passed rules 1 to 7. */
export interface UsedKey {
  readonly apiKeyId: number;
  /** Canonical client address. */
  readonly address: string;
  readonly at: Date;
}

/** One call that passed rule 8 as well. */
export interface UsedGrant {
  readonly apiKeyId: number;
  readonly programId: number;
  readonly permission: Permission;
  readonly at: Date;
}

/** The calls of one key on one day. */
export interface UsageTally {
  readonly apiKeyId: number;
  readonly day: string;
  /** 0 when only grants were counted: the calls themselves were written a moment before. */
  calls: number;
  last: { readonly at: Date; readonly address: string } | undefined;
  readonly addresses: Map<string, { calls: number; firstAt: Date; lastAt: Date }>;
  readonly grants: Map<string, { readonly programId: number; readonly permission: Permission; calls: number }>;
}

/** Stands for all addresses that are not counted by themselves. */
export const otherAddresses = "0.0.0.0/0";
/** Of one key and day, the first are counted by themselves: whoever calls from more fills neither memory nor disk. */
const addressesMax = 500;

/** Makes what counts. `dayOf` says which day a call belongs to. */
export function createUsageTallies(dayOf: (at: Date) => string) {
  /** By day (mostly there is one), then by key. */
  let gathered = new Map<string, Map<number, UsageTally>>();
  /** By day and key: the addresses that are counted by themselves, those already written included. */
  const named = new Map<string, Map<number, Set<string>>>();

  function namedOf({ apiKeyId, day }: UsageTally): Set<string> {
    const ofDay = named.get(day) ?? new Map<number, Set<string>>();
    const ofKey = ofDay.get(apiKeyId) ?? new Set();
    named.set(day, ofDay.set(apiKeyId, ofKey));
    return ofKey;
  }

  function tallyOf(apiKeyId: number, day: string): UsageTally {
    const ofDay = gathered.get(day) ?? new Map<number, UsageTally>();
    const known = ofDay.get(apiKeyId);
    if (known !== undefined) return known;
    const tally = { apiKeyId, day, calls: 0, last: undefined, addresses: new Map(), grants: new Map() };
    gathered.set(day, ofDay.set(apiKeyId, tally));
    return tally;
  }

  function addCalls(tally: UsageTally, given: { address: string; calls: number; firstAt: Date; lastAt: Date }): void {
    const { addresses } = tally;
    const { calls, firstAt, lastAt } = given;
    let known = addresses.get(given.address);
    if (known === undefined) {
      const ofKey = namedOf(tally);
      if (ofKey.size < addressesMax) ofKey.add(given.address);
      const address = ofKey.has(given.address) ? given.address : otherAddresses;
      known = addresses.get(address);
      if (known === undefined) {
        addresses.set(address, { calls, firstAt, lastAt });
        return;
      }
    }
    known.calls += calls;
    if (firstAt < known.firstAt) known.firstAt = firstAt;
    if (lastAt > known.lastAt) known.lastAt = lastAt;
  }

  function addGrant(tally: UsageTally, grant: { programId: number; permission: Permission; calls: number }): void {
    const name = `${grant.programId} ${grant.permission}`;
    const known = tally.grants.get(name);
    if (known === undefined) tally.grants.set(name, { ...grant });
    else known.calls += grant.calls;
  }

  function noteLast(tally: UsageTally, last: UsageTally["last"]): void {
    if (last !== undefined && (tally.last === undefined || last.at >= tally.last.at)) tally.last = last;
  }

  return {
    countCall({ apiKeyId, address, at }: UsedKey): void {
      const tally = tallyOf(apiKeyId, dayOf(at));
      tally.calls += 1;
      noteLast(tally, { at, address });
      addCalls(tally, { address, calls: 1, firstAt: at, lastAt: at });
    },
    countGrant({ apiKeyId, programId, permission, at }: UsedGrant): void {
      addGrant(tallyOf(apiKeyId, dayOf(at)), { programId, permission, calls: 1 });
    },
    /** Takes everything out; counting starts again from nothing. */
    takeAll(): UsageTally[] {
      const tallies = [...gathered.values()].flatMap((ofDay) => [...ofDay.values()]);
      for (const day of [...named.keys()].sort().slice(0, -1)) named.delete(day);
      gathered = new Map();
      return tallies;
    },
    /** Takes back what could not be written. */
    putBack(tallies: readonly UsageTally[]): void {
      for (const { apiKeyId, day, calls, last, addresses, grants } of tallies) {
        const tally = tallyOf(apiKeyId, day);
        tally.calls += calls;
        noteLast(tally, last);
        for (const [address, counted] of addresses) addCalls(tally, { address, ...counted });
        for (const grant of grants.values()) addGrant(tally, grant);
      }
    },
  };
}
