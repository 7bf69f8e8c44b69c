/** Who is told that keys run out, as the configuration says; and the server's part in telling them. */
import type { Config } from "./config.ts";
import type { Database } from "./db/client.ts";
import { createEmailSender } from "./domain/alert-email.ts";
import { type AlertOptions, sendDueAlerts } from "./domain/alert-sending.ts";
import type { WebhookOptions } from "./domain/alert-webhook.ts";
import { deriveKey } from "./domain/derived-keys.ts";
import type { Secret } from "./domain/secret.ts";

/** The ways to tell somebody that are configured. */
export type AlertChannels = Pick<AlertOptions, "email" | "webhook">;

/** Makes the configured channels; none of them connects yet. */
export function createAlertChannels(config: Config, secretKey: Secret): AlertChannels {
  const { SMTP_URL: smtpUrl, SUPPORT_EMAIL_ADDRESS: supportAddress } = config;
  const hasEmail = smtpUrl !== undefined && supportAddress !== undefined;
  return {
    email: hasEmail
      ? { sender: createEmailSender({ smtpUrl, from: supportAddress }), supportAddress }
      : undefined,
    webhook: createWebhook(config, secretKey),
  };
}

function createWebhook(config: Config, secretKey: Secret): WebhookOptions | undefined {
  if (config.ALERT_WEBHOOK_URL === undefined) return undefined;
  return {
    url: config.ALERT_WEBHOOK_URL,
    key: deriveKey(secretKey, "alert-signature"),
    allowsPrivate: config.ALERT_WEBHOOK_ALLOW_PRIVATE,
  };
}

/** Something that looks for due alerts again and again. */
export interface AlertSchedule {
  /** Looks now; what is looked for meanwhile waits for the next time. */
  run(): Promise<void>;
  /** Lets the message that is being sent go out, for as long as is decent, and stops. */
  close(): Promise<void>;
}

const intervalMs = 5 * 60_000;
const closeWithinMs = 15_000;

/** Starts to look for due alerts, now and every five minutes. Without a channel nothing is ever looked for. */
export function scheduleAlerts(options: {
  db: Database;
  channels: AlertChannels;
  zone: string;
  baseUrl: () => string;
  now: () => Date;
  report: AlertOptions["report"];
  /** Hears why nothing could be looked for. */
  reportFailure: (error: unknown) => void;
}): AlertSchedule {
  const { channels, reportFailure } = options;
  const isConfigured = channels.email !== undefined || channels.webhook !== undefined;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  function run(): Promise<void> {
    if (!isConfigured || stopping.signal.aborted) return running ?? Promise.resolve();
    running ??= sendDueAlerts({ ...options, ...channels, stopping: stopping.signal })
      .catch(reportFailure)
      .finally(() => {
        running = undefined;
      });
    return running;
  }

  const timer = setInterval(() => void run(), intervalMs);
  timer.unref();
  void run();
  return {
    run,
    async close() {
      stopping.abort();
      clearInterval(timer);
      let giveUp: Timer | undefined;
      const tooLong = new Promise<void>((resolve) => {
        giveUp = setTimeout(resolve, closeWithinMs);
      });
      await Promise.race([running, tooLong]);
      clearTimeout(giveUp);
      channels.email?.sender.close();
    },
  };
}
