/** What changes during the load run: keys are created, narrowed and retired, applications imported; and what was acknowledged. */

import type { Connection } from "../../src/db/client.ts";
import { findWriteProblem } from "../../src/db/writes/problems.ts";
import { createApiKey } from "../../src/domain/access/keys/create.ts";
import { getApiKey } from "../../src/domain/access/keys/find.ts";
import { narrowApiKey } from "../../src/domain/access/keys/narrow.ts";
import { describeForNarrowing } from "../../src/domain/access/keys/narrow-form.ts";
import { withinMs } from "../../src/lib/limits/deadline.ts";
import { addDays, localDate } from "../../src/lib/time/times.ts";
import { salts, zone } from "../support/app.ts";
import { actor } from "../support/factories.ts";
import { importInto, makeRecord } from "../support/imports.ts";
import { checkAuthRequest, keepAliveRequest } from "./bench-keys.ts";
import type { LoadAdmin } from "./load-admin.ts";
import { type Door, openDoor } from "./load-ledger.ts";

/** The two programs of every key; narrowing removes the second. */
export const slugs = ["snow-removal", "food-vouchers"] as const;

/** A key that was acknowledged. */
export interface LoadKey {
  readonly id: number;
  readonly keyId: string;
  readonly doors: readonly Door[];
  /** The door to the second program. */
  readonly second: Door;
  isRetired: boolean;
  isNarrowed: boolean;
  /** A writer is using it: the others leave it alone. */
  isTaken: boolean;
}

/** What was acknowledged. */
export interface Acknowledged {
  readonly keys: LoadKey[];
  readonly applicationIds: number[];
}

const keysMin = 30;
const keysMax = 400;
const pauseMs = 40;
const retryPauseMs = 200;
const patienceMs = 8_000;
const recordsPerImport = 5;

/** Starts to write, on its own connection and, as an admin, through the servers' pages. */
export function startWriters(input: { connection: Connection; admin: LoadAdmin; firstKeys: LoadKey[] }) {
  const { db } = input.connection;
  const acknowledged: Acknowledged = { keys: input.firstKeys, applicationIds: [] };
  const lastStoredMs: number[] = [];
  let withoutRoom = 0;
  let isOver = false;

  /** Repeats it, whatever fails: what failed was not acknowledged. It returns whether it stored something. */
  async function repeat(write: () => Promise<boolean>): Promise<void> {
    const index = lastStoredMs.push(Number.NEGATIVE_INFINITY) - 1;
    while (!isOver) {
      let hasStored = false;
      const succeeded = await attempt(async () => {
        hasStored = await write();
      });
      if (hasStored) lastStoredMs[index] = performance.now();
      await Bun.sleep(succeeded ? pauseMs : retryPauseMs);
    }
  }

  async function attempt(write: () => Promise<void>): Promise<boolean> {
    try {
      await withinMs(write(), patienceMs);
      return true;
    } catch (error) {
      // The database or the server is away, or the outcome is unknown: try again what was not acknowledged.
      if (findWriteProblem(error) === "disk_full") withoutRoom += 1;
      return false;
    }
  }

  const active = () => acknowledged.keys.filter(({ isRetired }) => !isRetired);

  /** Changes one key that nobody else changes, when there are enough of them. */
  async function change(keys: readonly LoadKey[], write: (key: LoadKey) => Promise<void>): Promise<boolean> {
    const free = keys.filter(({ isTaken }) => !isTaken);
    const key = free[Math.floor(Math.random() * free.length)];
    if (free.length < keysMin || key === undefined) return false;
    key.isTaken = true;
    await write(key);
    key.isTaken = key.isRetired;
    return true;
  }

  async function retire(key: LoadKey): Promise<void> {
    close(key.doors, "closingMs");
    await untilDone(() => input.admin.retire(key));
    close(key.doors, "closedMs");
    key.isRetired = true;
  }

  async function narrow(key: LoadKey): Promise<void> {
    close([key.second], "closingMs");
    await untilDone(async () => {
      const now = new Date();
      const asItIs = describeForNarrowing(await getApiKey(db, { actor, keyId: key.keyId, now }), zone);
      const grants = asItIs.grants.filter(({ slug }) => slug === slugs[0]);
      await narrowApiKey(db, { id: key.id, form: { ...asItIs, grants }, zone, actor, now });
    });
    close([key.second], "closedMs");
    key.isNarrowed = true;
  }

  /** Until it is acknowledged, or the run is over. */
  async function untilDone(write: () => Promise<void>): Promise<void> {
    while (!(await attempt(write))) {
      if (isOver) throw new Error("never acknowledged");
      await Bun.sleep(retryPauseMs);
    }
  }

  let nextApplicationId = 1;
  const writing = Promise.all([
    repeat(async () => {
      if (active().length >= keysMax) return false;
      acknowledged.keys.push(await makeKey(input.connection));
      return true;
    }),
    repeat(() => change(active(), retire)),
    repeat(() =>
      change(
        active().filter(({ isNarrowed }) => !isNarrowed),
        narrow,
      ),
    ),
    repeat(async () => {
      const ids = Array.from({ length: recordsPerImport }, () => nextApplicationId++);
      await importInto(
        db,
        slugs[0],
        ids.map((id) => makeRecord(id)),
      );
      acknowledged.applicationIds.push(...ids);
      return true;
    }),
  ]);
  return {
    acknowledged,
    /** Since when every kind of write has succeeded at least once. */
    allStoredMs: () => Math.min(...lastStoredMs),
    /** How many writes found the disk full, except the admin's. */
    withoutRoom: () => withoutRoom,
    async stop() {
      isOver = true;
      await writing;
    },
  };
}

function close(doors: readonly Door[], name: "closingMs" | "closedMs"): void {
  const now = performance.now();
  for (const door of doors) door[name] = Math.min(door[name], now);
}

/** Makes a key for both programs. */
export async function makeKey({ db }: Connection): Promise<LoadKey> {
  const now = new Date();
  const { apiKey, credentials } = await createApiKey(db, {
    form: {
      keyName: "Load",
      expiration: addDays(localDate(now, zone), 30),
      subnet: "127.0.0.0/8",
      contactEmail: "",
      note: "",
      grants: slugs.map((slug) => ({ slug, permission: "READ" })),
      formToken: "",
    },
    rules: { zone, lifetimeDaysMax: 0, bansGlobalSubnet: true },
    salts,
    actor,
    now,
  });
  const token = credentials.token.reveal();
  const listDoor = (slug: string) =>
    openDoor(keepAliveRequest(`/api/v1/admin/programs/${slug}/applications?pageSize=1`, token));
  const second = listDoor(slugs[1]);
  const doors = [openDoor(checkAuthRequest(token)), listDoor(slugs[0]), second];
  const { id, keyId } = apiKey;
  return { id, keyId, doors, second, isRetired: false, isNarrowed: false, isTaken: false };
}
