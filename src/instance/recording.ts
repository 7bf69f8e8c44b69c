/** What a server stores on its own: usage, refusals, the new salts of keys; and whether the database accepts it. */
import type { Connection } from "../db/client.ts";
import { createClockWatch } from "../db/clock.ts";
import { readSchemaStatus } from "../db/migrate.ts";
import { createWriteHealth } from "../db/writes/health.ts";
import { findWriteProblem } from "../db/writes/problems.ts";
import type { SaltRing } from "../domain/access/credentials.ts";
import { createRefusalRecorder } from "../domain/access/refusals/recorder.ts";
import { createRehasher } from "../domain/access/rehash.ts";
import { createUsageRecorder } from "../domain/access/usage/recorder.ts";
import { areHeadsIn } from "../domain/applications/stored/all-heads.ts";
import { describeError } from "../http/answers/errors.ts";
import type { OperationsDeps } from "../http/operations.ts";
import type { Log } from "../log.ts";

/** Starts to record. What cannot be stored is kept, tried again, and logged. */
export function openRecording(
  { db, client }: Connection,
  { salts, zone, log, machineNow }: { salts: SaltRing; zone: string; log: Log; machineNow: () => Date },
) {
  const writes = createWriteHealth((what, failure) => {
    if (failure === undefined) return log.info({ what }, "is stored again");
    const known = failure.error === undefined ? {} : { error: describeError(failure.error) };
    const { problem } = failure;
    log.error({ what, problem, ...known }, "could not be stored; kept, and tried again");
  });
  const reportTo = (what: Lowercase<string>) => ({
    report: (error: unknown) => writes.failed(what, { problem: findWriteProblem(error), error }),
    written: () => writes.succeeded(what),
  });
  const usage = createUsageRecorder({ client, zone, ...reportTo("usage") });
  const refusals = createRefusalRecorder({ client, zone, ...reportTo("refusals") });
  const rehasher = createRehasher({
    client,
    salts,
    report: (error) => log.error({ error: describeError(error) }, "a key could not change its salt"),
  });
  const clock = createClockWatch({
    client,
    now: machineNow,
    report({ isRight, seconds }) {
      if (isRight) log.info({ clockSeconds: seconds }, "this clock agrees with the database's again");
      else log.error({ clockSeconds: seconds }, "this clock is wrong; nothing old is deleted, and no alert is sent");
    },
  });
  let isStopping = false;
  return {
    usage,
    refusals,
    rehasher,
    clock,
    /** What `/readyz` looks at. */
    checks: {
      isStopping: () => isStopping,
      isClockRight: clock.isRight,
      readSchemaStatus: () => readSchemaStatus(client),
      areApplicationsRendered: () => areHeadsIn(db, zone),
      async isWritable() {
        // An open connection may learn late that its server has become a standby.
        const [row] = await client`select current_setting('transaction_read_only') = 'on' as is_read_only`;
        if (row?.is_read_only === true) writes.failed("anything", { problem: "read_only" });
        else writes.succeeded("anything");
        return writes.findProblem() === undefined;
      },
    } satisfies OperationsDeps,
    /** From now on `/readyz` says that this process stops. */
    announceStop() {
      isStopping = true;
    },
    /** Stores what has been gathered, waiting a few seconds at most, and stops. */
    async close(): Promise<void> {
      await Promise.all([usage.close(), refusals.close()]);
      await rehasher.close();
    },
  };
}
