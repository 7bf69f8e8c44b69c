/** Sends alerts about keys that expire soon, at intervals. */

import type { Database } from "../db/client.ts";
import { type AlertOptions, sendDueAlerts } from "../domain/access/alerts/send.ts";
import type { AlertChannels } from "../instance/alert-channels.ts";
import { type Schedule, scheduleRuns } from "./schedule.ts";

const everyMs = 5 * 60_000;

/**
 * Sends due alerts now and every five minutes. Without a channel it does nothing. Closing it lets the message
 * that is being sent go out.
 */
export function scheduleAlerts(options: {
  db: Database;
  channels: AlertChannels;
  zone: string;
  baseUrl: () => string;
  now: () => Date;
  report: AlertOptions["report"];
  /** Called when due alerts could not be read. */
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
