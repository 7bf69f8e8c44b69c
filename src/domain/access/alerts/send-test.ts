/** Sends a test message through every configured channel. */
import type { Trace } from "../../../lib/net/trace-context.ts";
import { nameFailure } from "./failure.ts";
import type { AlertOptions } from "./send.ts";
import { postWebhook } from "./webhook.ts";

/** How a test went. */
type TestOutcome = "sent" | "not configured" | `failed: ${string}`;

/** How the test on each channel went. */
export type TestOutcomes = Readonly<Record<"email" | "webhook", TestOutcome>>;

/** Sends the tests at once, and says how each went. */
export async function sendTestAlerts(
  { email, webhook }: Pick<AlertOptions, "email" | "webhook">,
  { now, trace }: { now: Date; trace?: Trace | undefined },
): Promise<TestOutcomes> {
  const id = `test-${now.getTime()}`;
  const text = "This is a test. Alerts about expiring API keys will arrive this way.";
  const body = JSON.stringify({ type: "test", timestamp: now.toISOString(), data: {} });
  const [emailed, posted] = await Promise.all([
    attempt(email?.sender.send({ to: email.supportAddress, subject: "CiviKey can send e-mail", text, id })),
    attempt(webhook && postWebhook(webhook, { id, at: now, body, trace })),
  ]);
  return { email: emailed, webhook: posted };
}

async function attempt(sending: Promise<void> | undefined): Promise<TestOutcome> {
  if (sending === undefined) return "not configured";
  try {
    await sending;
    return "sent";
  } catch (error) {
    return `failed: ${nameFailure(error)}`;
  }
}
