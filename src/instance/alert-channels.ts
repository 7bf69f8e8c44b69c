/** How people are alerted about expiring keys, as configured. */
import type { Config } from "../config/variables.ts";
import { createEmailSender } from "../domain/access/alerts/email.ts";
import type { AlertOptions } from "../domain/access/alerts/send.ts";
import type { WebhookOptions } from "../domain/access/alerts/webhook.ts";
import { deriveKey } from "../lib/secrets/derived-keys.ts";
import type { Secret } from "../lib/secrets/secret.ts";

/** The configured channels. */
export type AlertChannels = Pick<AlertOptions, "email" | "webhook">;

/** Makes the configured channels; none of them connects yet. */
export function createAlertChannels(config: Config, secretKey: Secret): AlertChannels {
  const { SMTP_URL: smtpUrl, SUPPORT_EMAIL_ADDRESS: supportAddress } = config;
  const hasEmail = smtpUrl !== undefined && supportAddress !== undefined;
  return {
    email: hasEmail ? { sender: createEmailSender({ smtpUrl, from: supportAddress }), supportAddress } : undefined,
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
