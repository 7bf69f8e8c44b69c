/** What a server stores by itself: usage, refusals, new salts of keys; and whether the database takes it. */
import { readSchemaStatus } from "../db/migrate.ts";
import { isReadOnly } from "../db/read-only.ts";
import { createWriteHealth } from "../db/writes/health.ts";
import { findWriteProblem } from "../db/writes/problems.ts";
import { createRefusalRecorder, type RefusalRecorder } from "../domain/access/refusals/recorder.ts";
import { createRehasher, type Rehasher } from "../domain/access/rehash.ts";
import { createUsageRecorder, type UsageRecorder } from "../domain/access/usage/recorder.ts";
import { describeError } from "../http/answers/errors.ts";
import type { OperationsDeps } from "../http/operations.ts";
import type { Instance } from "../instance/open.ts";
import type { Log } from "../log.ts";

/** What records, and what is known of it. */
export interface Recording {
  readonly usage: UsageRecorder;
  readonly refusals: RefusalRecorder;
  readonly rehasher: Rehasher;
  /** What `/readyz` looks at. */
  readonly checks: OperationsDeps;
  /** Stores what is gathered, for as long as is decent, and stops. */
  close(): Promise<void>;
}

/** Starts to record. What cannot be stored is kept, tried again, and told to the log. */
export function openRecording({ config, connection, salts }: Instance, log: Log): Recording {
  const { client } = connection;
  const zone = config.CIVIFORM_TIME_ZONE_ID;
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
    report: (error) =>
      log.error({ error: describeError(error) }, "a key could not change its salt"),
  });
  return {
    usage,
    refusals,
    rehasher,
    checks: {
      readSchemaStatus: () => readSchemaStatus(client),
      async isWritable() {
        if (await isReadOnly(client)) writes.failed("anything", { problem: "read_only" });
        else writes.succeeded("anything");
        return writes.findProblem() === undefined;
      },
    },
    async close() {
      await Promise.all([usage.close(), refusals.close()]);
      await rehasher.close();
    },
  };
}
