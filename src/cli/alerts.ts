/** `alerts secret | test`. */
import { sendTestAlerts } from "../domain/access/alerts/send-test.ts";
import { describeWebhookSecret } from "../domain/access/alerts/webhook.ts";
import { createAlertChannels } from "../instance/alert-channels.ts";
import { deriveKey } from "../lib/secrets/derived-keys.ts";
import type { Command } from "./command.ts";

/** Commands about the alerts that an API key expires. */
export const alertCommands: readonly Command[] = [
  {
    name: "alerts secret",
    summary: "print the secret that a webhook's receiver checks signatures with",
    example: "alerts secret",
    answer: '{"secret"}',
    skipsMigration: true,
    async run({ secretKey }) {
      const secret = describeWebhookSecret(deriveKey(secretKey, "alert-signature"));
      return { json: { secret }, text: secret };
    },
  },
  {
    name: "alerts test",
    summary: "send a test message through every configured channel",
    example: "alerts test",
    answer: '{"email","webhook"}: sent, not configured, or failed: CODE',
    skipsMigration: true,
    async run({ config, secretKey, now }) {
      const channels = createAlertChannels(config, secretKey);
      const outcomes = await sendTestAlerts(channels, { now });
      channels.email?.sender.close();
      const lines = Object.entries(outcomes).map(([name, outcome]) => `${name}: ${outcome}`);
      const hasFailed = Object.values(outcomes).some((outcome) => outcome.startsWith("failed"));
      return { json: outcomes, text: lines.join("\n"), exitCode: hasFailed ? 1 : 0 };
    },
  },
];
