/**
 * Who is to be told that a key runs out, each once, however many servers there are (spec 3, "Running
 * out"). One statement finds what is due and claims it, so that of several servers one sends it. It is
 * marked when it is sent. A server that dies in between leaves a claim that goes stale, and another one
 * tries again: nothing gets lost, and only such a death can make somebody hear a thing twice.
 */
import { and, eq, isNull, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { milestoneAlerts } from "../../../db/schema.ts";

/** How near the end is. */
export type Milestone = (typeof milestoneAlerts.$inferSelect)["milestone"];

/** Who is told: the key's contact, the support address, the webhook. */
export type Recipient = (typeof milestoneAlerts.$inferSelect)["recipient"];

/** Something that one server is to send now. */
export interface ClaimedAlert {
  readonly id: number;
  readonly apiKeyId: number;
  readonly milestone: Milestone;
  readonly recipient: Recipient;
  /** Which try it is, from 1. */
  readonly attempt: number;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** After this long a claim is stale. Sending takes a minute at most. */
const claimMs = 5 * minuteMs;
/** The pause after a failure doubles from the first of these to the second. */
const retryMsMin = 5 * minuteMs;
const retryMsMax = 6 * 60 * minuteMs;
/** A key that expired longer ago is no news: an old database that is brought along stays quiet. */
const expiredMsMax = 30 * dayMs;

/**
 * Claims one thing that is due for one of these recipients, and that nobody else has claimed; undefined
 * when there is nothing. Of each key only the newest milestone is due; those before it are past. The
 * contact is left out where it is the support address.
 */
export async function claimAlert(
  db: Database,
  input: { recipients: readonly Recipient[]; supportAddress: string | null; now: Date },
): Promise<ClaimedAlert | undefined> {
  const { recipients, supportAddress, now } = input;
  const after = (ms: number) => sql`${new Date(now.getTime() + ms).toISOString()}::timestamptz`;
  const rows = await db.execute(sql`
    with reached as (
      select id as api_key_id, expiration, contact_email, case
          when expiration <= ${after(0)} then 'expired'
          when expiration <= ${after(dayMs)} then '1_day'
          when expiration <= ${after(7 * dayMs)} then '7_days'
          else '30_days'
        end as milestone
      from api_keys
      where retired_at is null
        and expiration <= ${after(30 * dayMs)} and expiration > ${after(-expiredMsMax)}
    ), due as (
      select api_key_id, milestone, recipient
      from reached
      cross join unnest(${sql.param([...recipients])}::text[]) as recipient
      left join milestone_alerts as known using (api_key_id, milestone, recipient)
      where (known.id is null or (known.sent_at is null and known.retry_at <= ${after(0)}))
        and (recipient <> 'contact'
          or lower(contact_email) <> lower(coalesce(${supportAddress}::text, '')))
      order by known.attempt_count nulls first, expiration, api_key_id
      limit 1
    )
    insert into milestone_alerts as alert (api_key_id, milestone, recipient, attempt_count, retry_at)
    select api_key_id, milestone, recipient, 1, ${after(claimMs)} from due
    on conflict (api_key_id, milestone, recipient) do update
      set attempt_count = alert.attempt_count + 1, retry_at = excluded.retry_at
      where alert.sent_at is null and alert.retry_at <= ${after(0)}
    returning id, api_key_id, milestone, recipient, attempt_count`);
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    id: Number(row.id),
    apiKeyId: Number(row.api_key_id),
    milestone: row.milestone as Milestone,
    recipient: row.recipient as Recipient,
    attempt: Number(row.attempt_count),
  };
}

/** Notes that a claimed alert was sent: nobody sends it again. */
export async function markAlertSent(
  db: Database,
  input: { alert: ClaimedAlert; now: Date },
): Promise<void> {
  await db
    .update(milestoneAlerts)
    .set({ sentAt: input.now })
    .where(and(eq(milestoneAlerts.id, input.alert.id), isNull(milestoneAlerts.sentAt)));
}

/** Notes that a try failed, and when the next one is due: later after each failure. */
export async function postponeAlert(
  db: Database,
  input: { alert: ClaimedAlert; now: Date },
): Promise<void> {
  const { alert, now } = input;
  const pauseMs = Math.min(retryMsMin * 2 ** (alert.attempt - 1), retryMsMax);
  await db
    .update(milestoneAlerts)
    .set({ retryAt: new Date(now.getTime() + pauseMs) })
    .where(
      and(
        eq(milestoneAlerts.id, alert.id),
        // Somebody who took over a stale claim has a try of their own.
        eq(milestoneAlerts.attemptCount, alert.attempt),
        isNull(milestoneAlerts.sentAt),
      ),
    );
}
