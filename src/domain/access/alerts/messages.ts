/** What alerts about keys say: which key, when it expires or was retired, what to do about it. */
import type { ApiKey } from "../keys/find.ts";
import type { Milestone, Recipient } from "./milestones.ts";

/** What a message is about. */
export interface AlertSubject {
  readonly apiKey: ApiKey;
  readonly milestone: Milestone;
  readonly now: Date;
  /** IANA name of the instance's zone. */
  readonly zone: string;
  /** The public URL of this server. */
  readonly baseUrl: string;
}

/** The e-mail about a milestone; `recipient` decides what it says about why it came. */
export function composeEmail(
  subject: AlertSubject,
  recipient: Exclude<Recipient, "webhook">,
): { subject: string; text: string } {
  const { apiKey, milestone, now, zone } = subject;
  const day = formatTime(apiKey.expiration, zone, { dateStyle: "medium" });
  const endedAt = milestone === "retired" ? (apiKey.retiredAt ?? now) : apiKey.expiration;
  const moment = `${formatTime(endedAt, zone, { dateStyle: "full", timeStyle: "short" })} (${zone})`;
  // Line breaks in a name must not pass for ours.
  const name = apiKey.name.replace(/\s+/g, " ");
  const programs = [...new Set(apiKey.grants.map(({ programName }) => programName))];
  const isOver = endedAt <= now;
  const soon = {
    subject: `expires on ${day}`,
    said: `expires in ${formatDaysLeft(apiKey, now)}, on ${moment}. From then on, every call with it is refused.`,
  };
  const texts = {
    "30_days": soon,
    "7_days": soon,
    "1_day": soon,
    expired: { subject: "has expired", said: `expired on ${moment}. Every call with it is refused.` },
    rotated: {
      subject: "was replaced by its holder",
      said: `was replaced by a call made with it. The old key ${isOver ? "expired on" : "works until"} ${moment}.`,
    },
    retired: {
      subject: "was retired by its holder",
      said: `was retired on ${moment}, by a call made with it. Every call with it is refused.`,
    },
  }[milestone];
  const lines = [
    `The API key “${name}” ${texts.said}`,
    "",
    `Key ID: ${apiKey.keyId}`,
    `Programs: ${programs.join(", ")}`,
    `Last used: ${describeLastUse(apiKey, zone)}`,
    "",
    ...describeRemedy(subject),
    "",
    `The key's page: ${pageOf(subject)}`,
    "",
    recipient === "contact"
      ? "You are receiving this because you are the contact for this API key. If you have questions, reply to this e-mail."
      : "You are receiving this because this is CiviKey's support address.",
  ];
  return {
    subject: `API key “${name}” ${texts.subject}`,
    text: lines.join("\n"),
  };
}

/** The JSON text that a webhook gets about a milestone. */
export function composeWebhookBody(subject: AlertSubject): string {
  const { apiKey, milestone, now } = subject;
  return JSON.stringify({
    type: `api_key.${/^\d/.test(milestone) ? "runs_out" : milestone}`,
    timestamp: now.toISOString(),
    data: {
      milestone,
      apiKey: {
        id: apiKey.id,
        keyId: apiKey.keyId,
        name: apiKey.name,
        expiration: apiKey.expiration.toISOString(),
        lastUsedAt: apiKey.lastUsedAt?.toISOString() ?? null,
        programs: [...new Set(apiKey.grants.map(({ slug }) => slug))],
        successorKeyId: apiKey.successor?.keyId ?? null,
        url: pageOf(subject),
      },
    },
  });
}

function describeRemedy({ apiKey, milestone }: AlertSubject): string[] {
  const { successor } = apiKey;
  if (milestone === "retired") {
    return [
      "Whoever has a key's secret can retire it, for example because the secret leaked. The audit log says",
      "where the call came from. If access is still needed, an admin must create a new key.",
      ...(successor === null ? [] : [`It had been replaced by the key ${successor.keyId}, which this doesn't retire.`]),
    ];
  }
  if (milestone === "rotated") {
    return [
      `The new key is ${successor?.keyId}. The audit log says where the call came from. If you don't know of it,`,
      "somebody else has the secret: an admin must retire both keys at once, and create a new one.",
    ];
  }
  if (successor !== null) {
    return [
      `It has been replaced by the key ${successor.keyId}. Anyone still using the old key must`,
      "switch to the new one.",
    ];
  }
  if (milestone === "expired") {
    return [
      "If access is still needed, an admin must create a new key, and everyone using the old one must",
      "switch to it. Otherwise, there is nothing to do.",
    ];
  }
  return [
    "If access is still needed, an admin opens the key's page, chooses “Rotate key”, and gives the new",
    "credentials to the key's users. Both keys work for as long as the admin chooses. Otherwise, there",
    "is nothing to do.",
  ];
}

function describeLastUse({ lastUsedAt, callCount }: ApiKey, zone: string): string {
  if (lastUsedAt !== null) return formatTime(lastUsedAt, zone, { dateStyle: "medium" });
  return callCount === 0 ? "never" : "at an unknown time";
}

function formatDaysLeft({ expiration }: ApiKey, now: Date): string {
  const hours = Math.ceil((expiration.getTime() - now.getTime()) / 3_600_000);
  if (hours <= 1) return "an hour";
  if (hours < 24) return `${hours} hours`;
  const days = Math.ceil(hours / 24);
  return days === 1 ? "a day" : `${days} days`;
}

function formatTime(at: Date, zone: string, options: Intl.DateTimeFormatOptions): string {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, ...options });
  return format.format(at).replaceAll("\u202f", " ");
}

function pageOf({ baseUrl, apiKey }: AlertSubject): string {
  return `${baseUrl}/admin/apiKeys/${apiKey.id}`;
}
