/** How people are alerted about expiring keys, as configured. */
import type { Config } from "../config/variables.ts";
import { createEmailSender } from "../domain/access/alerts/email.ts";
import type { AlertOptions } from "../domain/access/alerts/send.ts";
import { deriveKey } from "../lib/secrets/derived-keys.ts";
import type { Secret } from "../lib/secrets/secret.ts";

/** The configured channels. */
export type AlertChannels = Pick<AlertOptions, "email" | "webhook">;

/** Makes the configured channels; none of them connects yet. */
export function createAlertChannels(config: Config, secretKey: Secret): AlertChannels {
  const { SMTP_URL: smtpUrl, SUPPORT_EMAIL_ADDRESS: supportAddress, ALERT_WEBHOOK_URL: url } = config;
  const hasEmail = smtpUrl !== undefined && supportAddress !== undefined;
  const webhook = { key: deriveKey(secretKey, "alert-signature"), allowsPrivate: config.ALERT_WEBHOOK_ALLOW_PRIVATE };
  return {
    email: hasEmail ? { sender: createEmailSender({ smtpUrl, from: supportAddress }), supportAddress } : undefined,
    webhook: url === undefined ? undefined : { url, ...webhook },
  };
}
