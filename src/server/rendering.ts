/** Renders stored applications anew when the server starts with another time zone than the one before. */
import { connect } from "../db/client.ts";
import { areHeadsIn, renderHeadsIn } from "../domain/applications/stored/all-heads.ts";
import { describeError } from "../http/answers/errors.ts";
import type { Instance } from "../instance/open.ts";
import { pauseMs } from "../lib/limits/deadline.ts";
import type { Log } from "../log.ts";

const retryMs = 5_000;
const reportEvery = 50_000;

/** Looks whether anything has to be rendered, and starts it. A failure is told to the log, and tried again. */
export async function startRendering({ connection, target, config }: Instance, log: Log) {
  const zone = config.CIVIFORM_TIME_ZONE_ID;
  const stopping = new AbortController();
  const { signal } = stopping;
  const isDone = await areHeadsIn(connection.db, zone);
  const running = isDone ? Promise.resolve() : renderUntilDone();
  return {
    /** Stops after the batch that is being written. */
    close(): Promise<void> {
      stopping.abort();
      return running;
    },
  };

  async function renderUntilDone(): Promise<void> {
    log.info({}, "rendering applications in the configured time zone");
    while (!signal.aborted) {
      try {
        await render();
        log.info({}, "rendered applications in the configured time zone");
        return;
      } catch (error) {
        if (signal.aborted) return;
        log.error({ error: describeError(error) }, "applications are not rendered yet");
        await pauseMs(retryMs, signal).catch(() => {});
      }
    }
  }

  async function render(): Promise<void> {
    const { db, close } = connect(target, { connectionsMax: 2 });
    let reported = 0;
    try {
      await renderHeadsIn(db, {
        zone,
        signal,
        onProgress(rendered) {
          if (rendered - reported < reportEvery) return;
          reported = rendered;
          log.info({ rendered }, "rendering applications in the configured time zone");
        },
      });
    } finally {
      await close();
    }
  }
}
