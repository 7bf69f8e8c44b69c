/** Who is told that keys run out, as the configuration says. */
import type { Config } from "./config.ts";
import { createEmailSender } from "./domain/alert-email.ts";
import type { AlertOptions } from "./domain/alert-sending.ts";
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
