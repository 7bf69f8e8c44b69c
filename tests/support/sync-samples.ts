/** The sync of a program, in every state. */
import type { SyncState } from "../../src/domain/civiform/sync/state.ts";
import type { ProgramSyncProps } from "../../src/views/programs/sync.tsx";

const source = "https://civiform.seattle.example.gov";
const plan = { origin: source, everyMinutes: 15 };

/** The last run failed in the middle of a walk that had skipped three records. */
export const failedSync: SyncState = {
  slug: "housing-assistance",
  source,
  state: "failed",
  startedAt: new Date("2026-11-23T18:20:00Z"),
  succeededAt: new Date("2026-11-22T17:35:00Z"),
  fullSucceededAt: new Date("2026-11-22T04:00:00Z"),
  failure: `${source} refused the key (401). Check there that the key is not retired or expired.`,
  failedAt: new Date("2026-11-23T18:20:01Z"),
  waitUntil: null,
  isRequested: false,
  isFull: false,
  isWalking: true,
  counts: { read: 12_431, inserted: 1_204, updated: 17, unchanged: 11_207, rejected: 3, erased: 12 },
  lastRejection: "Application 48121: submit_time must be a time with an offset.",
  pulledTotal: 48_120,
  failureTotal: 4,
};

const goodSync: SyncState = {
  ...failedSync,
  ...{ state: "good", failure: null, failedAt: null, failureTotal: 0 },
  ...{ isWalking: false, lastRejection: null },
  succeededAt: new Date("2026-11-23T18:20:04Z"),
  counts: { read: 40, inserted: 2, updated: 1, unchanged: 37, rejected: 0, erased: 0 },
};

/** By name. */
export const syncSamples = {
  "never-run": { plan, state: null },
  running: {
    plan,
    state: { ...goodSync, state: "running", isWalking: true, isFull: true, succeededAt: null },
  },
  failed: { plan, state: failedSync },
  interrupted: { plan, state: { ...goodSync, state: "interrupted", isWalking: true } },
  good: { plan, state: goodSync },
  "left-out": {
    plan,
    state: {
      ...goodSync,
      counts: { ...goodSync.counts, rejected: 3 },
      lastRejection: failedSync.lastRejection,
    },
  },
  asked: { plan, state: { ...goodSync, isRequested: true } },
  /** The source asked to wait until then. */
  waiting: {
    plan,
    state: {
      ...failedSync,
      failure: `${source} asked to be called again in an hour (429).`,
      waitUntil: new Date("2026-11-23T19:20:00Z"),
    },
  },
  "by-hand": {
    plan: null,
    state: {
      ...goodSync,
      source:
        "https://a-host-name-with-one-very-long-word-that-has-no-place-to-break.department-of-housing.example.gov:8443",
    },
  },
} as const satisfies Record<string, ProgramSyncProps["sync"]>;
