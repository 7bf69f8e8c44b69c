/** `alerts secret | test`. */
import { nameFailure } from "../domain/access/alerts/failure.ts";
import { describeWebhookSecret, postWebhook } from "../domain/access/alerts/webhook.ts";
import { createAlertChannels } from "../instance/alert-channels.ts";
import { deriveKey } from "../lib/secrets/derived-keys.ts";
import type { Command, CommandContext } from "./command.ts";

/** Commands about the alerts that an API key expires. */
export const alertCommands: readonly Command[] = [
  {
    name: "alerts secret",
    summary: "print the secret that a webhook's receiver checks signatures with",
    example: "alerts secret",
    answer: '{"secret"}',
    options: [],
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
    options: [],
    skipsMigration: true,
    run: sendTests,
  },
];

/** How a test went. */
type Outcome = "sent" | "not configured" | `failed: ${string}`;

async function sendTests({ config, secretKey, now }: CommandContext) {
  const { email, webhook } = createAlertChannels(config, secretKey);
  const id = `test-${now.getTime()}`;
  const outcomes: Record<string, Outcome> = {
    email: await attempt(
      email &&
        (() =>
          email.sender.send({
            to: email.supportAddress,
            subject: "CiviKey can send e-mail",
            text: "This is a test. Alerts about expiring API keys will arrive this way.",
            id,
          })),
    ),
    webhook: await attempt(
      webhook &&
        (() => {
          const body = JSON.stringify({ type: "test", timestamp: now.toISOString(), data: {} });
          return postWebhook(webhook, { id, at: now, body });
        }),
    ),
  };
  email?.sender.close();
  const lines = Object.entries(outcomes).map(([name, outcome]) => `${name}: ${outcome}`);
  const hasFailed = Object.values(outcomes).some((outcome) => outcome.startsWith("failed"));
  return {
    json: outcomes,
    text: lines.join("\n"),
    exitCode: hasFailed ? (1 as const) : (0 as const),
  };
}

async function attempt(send: (() => Promise<void>) | undefined): Promise<Outcome> {
  if (send === undefined) return "not configured";
  try {
    await send();
    return "sent";
  } catch (error) {
    return `failed: ${nameFailure(error)}`;
  }
}
