/** The server's part in telling that keys run out: it looks for due alerts again and again. */

import type { Database } from "../db/client.ts";
import { type AlertOptions, sendDueAlerts } from "../domain/access/alerts/send.ts";
import type { AlertChannels } from "../instance/alert-channels.ts";
import { type Schedule, scheduleRuns } from "./schedule.ts";

const everyMs = 5 * 60_000;

/**
 * Starts to look for due alerts, now and every five minutes. Without a channel nothing is ever looked for.
 * At the end the message that is being sent goes out.
 */
export function scheduleAlerts(options: {
  db: Database;
  channels: AlertChannels;
  zone: string;
  baseUrl: () => string;
  now: () => Date;
  report: AlertOptions["report"];
  /** Hears why nothing could be looked for. */
  reportFailure: (error: unknown) => void;
}): Schedule {
  const { channels, reportFailure } = options;
  const isConfigured = channels.email !== undefined || channels.webhook !== undefined;
  const schedule = scheduleRuns(everyMs, async (stopping) => {
    if (!isConfigured) return;
    await sendDueAlerts({ ...options, ...channels, stopping }).catch(reportFailure);
  });
  return {
    run: schedule.run,
    async close() {
      await schedule.close();
      channels.email?.sender.close();
    },
  };
}
