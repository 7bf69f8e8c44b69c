/** Sends alerts about keys that expire soon, at intervals. */
import type { Database } from "../db/client.ts";
import { type AlertOptions, sendDueAlerts } from "../domain/access/alerts/send.ts";
import type { AlertChannels } from "../instance/alert-channels.ts";
import { type Schedule, scheduleRuns } from "./schedule.ts";

const everyMs = 5 * 60_000;

/**
 * Sends due alerts now and every five minutes. Without a channel it does nothing, nor on a server whose clock is wrong: another
 * sends what is due. Closing it lets the message that is being sent go out.
 */
export function scheduleAlerts(options: {
  db: Database;
  channels: AlertChannels;
  zone: string;
  baseUrl: () => string;
  now: () => Date;
  /** Whether this machine's clock agrees with PostgreSQL's. */
  isClockRight: () => Promise<boolean>;
  report: AlertOptions["report"];
  /** Called when due alerts could not be read. */
  reportFailure: (error: unknown) => void;
}): Schedule {
  const { channels, isClockRight, reportFailure } = options;
  const isConfigured = channels.email !== undefined || channels.webhook !== undefined;
  const schedule = scheduleRuns(everyMs, async (stopping) => {
    if (!isConfigured) return;
    try {
      if (await isClockRight()) await sendDueAlerts({ ...options, ...channels, stopping });
    } catch (error) {
      reportFailure(error);
    }
  });
  return {
    run: schedule.run,
    async close() {
      await schedule.close();
      channels.email?.sender.close();
    },
  };
}
