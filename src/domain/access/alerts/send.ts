/** Sends the alerts about keys that are due. */
import type { Database } from "../../../db/client.ts";
import { getApiKey } from "../keys/find.ts";
import { permitAll } from "../people/roles.ts";
import type { EmailSender } from "./email.ts";
import { type AlertSubject, composeEmail, composeWebhookBody } from "./messages.ts";
import { type ClaimedAlert, claimAlert, markAlertSent, postponeAlert, type Recipient } from "./milestones.ts";
import { postWebhook, type WebhookOptions } from "./webhook.ts";

/** Where alerts go, and what messages need. */
export interface AlertOptions {
  readonly db: Database;
  /** Undefined without SMTP. */
  readonly email: { readonly sender: EmailSender; readonly supportAddress: string } | undefined;
  /** Undefined without a webhook. */
  readonly webhook: WebhookOptions | undefined;
  readonly zone: string;
  readonly baseUrl: () => string;
  readonly now: () => Date;
  /** Once aborted, no further alert is begun. */
  readonly stopping?: AbortSignal;
  /** Is told of every alert that was sent or failed. */
  readonly report: (alert: ClaimedAlert, error?: unknown) => void;
}

/** After this many failures in a row, a channel waits for the next run. */
const failuresMax = 3;

/**
 * Sends every alert that is due, one at a time per channel. A failed one is reported and postponed. Throws
 * only when the database is unavailable.
 */
export async function sendDueAlerts(options: AlertOptions): Promise<void> {
  const channels: Recipient[][] = [
    options.email === undefined ? [] : ["support", "contact"],
    options.webhook === undefined ? [] : ["webhook"],
  ];
  await Promise.all(channels.map((recipients) => sendOnChannel(options, recipients)));
}

async function sendOnChannel(options: AlertOptions, recipients: readonly Recipient[]): Promise<void> {
  const { db, now, report, stopping } = options;
  const supportAddress = options.email?.supportAddress ?? null;
  for (let failures = 0; recipients.length > 0 && failures < failuresMax; ) {
    if (stopping?.aborted) return;
    const alert = await claimAlert(db, { recipients, supportAddress, now: now() });
    if (alert === undefined) return;
    try {
      await send(options, alert);
    } catch (error) {
      failures += 1;
      report(alert, error);
      await postponeAlert(db, { alert, now: now() });
      continue;
    }
    failures = 0;
    await markAlertSent(db, { alert, now: now() });
    report(alert);
  }
}

async function send(options: AlertOptions, alert: ClaimedAlert): Promise<void> {
  const { db, email, webhook, zone, baseUrl } = options;
  const now = options.now();
  const apiKey = await getApiKey(db, { id: alert.apiKeyId, actor: permitAll("alerts"), now });
  const { milestone, recipient } = alert;
  if (apiKey.state === "retired" && milestone !== "retired" && milestone !== "rotated") return;
  const subject: AlertSubject = { apiKey, milestone, now, zone, baseUrl: baseUrl() };
  const id = `alert-${alert.id}`;
  if (recipient === "webhook") {
    if (webhook) await postWebhook(webhook, { id, at: now, body: composeWebhookBody(subject) });
    return;
  }
  const to = recipient === "contact" ? apiKey.contactEmail : email?.supportAddress;
  if (email && to) await email.sender.send({ id, to, ...composeEmail(subject, recipient) });
}
