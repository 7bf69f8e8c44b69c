/** Calls counted in memory until they are written: by key, day and address, and by key, day and grant. */
import type { Permission } from "../grants.ts";
import { createAdmission, createGathering } from "./gathering.ts";

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

/** The calls of one key on one day: from one address, or by one grant. Each call is in one of either kind. */
export interface UsageTally {
  readonly apiKeyId: number;
  readonly day: string;
  /** Of an address only. */
  readonly address?: string;
  /** Of a grant only, as is `permission`. */
  readonly programId?: number;
  readonly permission?: Permission;
  calls: number;
  firstAt: Date;
  lastAt: Date;
  /** Where the last call came from: not `address` when that stands for many. */
  lastAddress?: string;
}

type Counts = Pick<UsageTally, "calls" | "firstAt" | "lastAt" | "lastAddress">;

/** Stands for all addresses that are not counted by themselves. */
export const otherAddresses = "0.0.0.0/0";
/** Of one key and day, the first are counted by themselves: whoever calls from more fills neither memory nor disk. */
const addressesMax = 500;

/** Makes what counts. `dayOf` says which day a call belongs to. */
export function createUsageTallies(dayOf: (at: Date) => string) {
  const { find, add, ...gathered } = createGathering<UsageTally>({ idOf, merge });
  const admits = createAdmission<number, string>({ maxOf: () => addressesMax });
  return {
    countCall({ apiKeyId, address, at }: UsedKey): void {
      const day = dayOf(at);
      const id = idOf({ apiKeyId, day, address });
      const call = { calls: 1, firstAt: at, lastAt: at, lastAddress: address };
      const known = find(id);
      if (known === undefined) {
        add({ apiKeyId, day, address: admits(day, apiKeyId, id) ? address : otherAddresses, ...call });
      } else merge(known, call);
    },
    countGrant({ apiKeyId, programId, permission, at }: UsedGrant): void {
      add({ apiKeyId, day: dayOf(at), programId, permission, calls: 1, firstAt: at, lastAt: at });
    },
    ...gathered,
  };
}

function idOf({ apiKeyId, day, address, programId, permission }: Omit<UsageTally, keyof Counts>): string {
  return `${day} ${apiKeyId} ${address ?? `${programId} ${permission}`}`;
}

function merge(known: UsageTally, { calls, firstAt, lastAt, lastAddress }: Counts): void {
  known.calls += calls;
  if (firstAt < known.firstAt) known.firstAt = firstAt;
  if (lastAt < known.lastAt) return;
  known.lastAt = lastAt;
  if (lastAddress !== undefined) known.lastAddress = lastAddress;
}
