/**
 * Which alerts are due, about keys that expire or that their holder replaced or retired. One statement finds an alert
 * and claims it, so that only one of several servers sends it; once sent, it is marked. If a server dies in between, its
 * claim goes stale and another server tries again: no alert is lost, and only such a crash can send one twice.
 */
import { and, desc, eq, isNull, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { apiKeys, milestoneAlerts } from "../../../db/schema.ts";
import { ownKeyActor, type SettingsReader } from "../people/roles.ts";

/** What happened to a key, or how soon it expires. */
export type Milestone = (typeof milestoneAlerts.$inferSelect)["milestone"];

/** Who is alerted: the key's contact, the support address, the webhook. */
export type Recipient = (typeof milestoneAlerts.$inferSelect)["recipient"];

/** An alert that one server is about to send. */
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
/** A key that expired or was retired longer ago is old news: importing an old database sends no alerts. */
const oldNewsMs = 30 * dayMs;

/**
 * Claims an alert that is due for one of these recipients and not claimed by another server; undefined
 * when there is none. Only a key's latest milestone is due. A contact who is the support address is
 * skipped.
 */
export async function claimAlert(
  db: Database,
  { recipients, supportAddress, now }: { recipients: readonly Recipient[]; supportAddress: string | null; now: Date },
): Promise<ClaimedAlert | undefined> {
  const after = (ms: number) => sql`${new Date(now.getTime() + ms).toISOString()}::timestamptz`;
  const [row] = await db.execute<Omit<ClaimedAlert, "id" | "apiKeyId"> & { id: string; apiKeyId: string }>(sql`
    with renewed as (
      select old.id, old.expiration, old.contact_email from api_keys old join api_keys new on new.predecessor_id = old.id
      where new.created_by = ${ownKeyActor} || old.key_id and new.created_at > ${after(-oldNewsMs)}
    ), reached as (
      select id as api_key_id, expiration, contact_email, case
          when expiration <= ${after(0)} then 'expired'
          when expiration <= ${after(dayMs)} then '1_day'
          when expiration <= ${after(7 * dayMs)} then '7_days'
          else '30_days'
        end as milestone
      from api_keys
      where retired_at is null and id not in (select id from renewed)
        and expiration <= ${after(30 * dayMs)} and expiration > ${after(-oldNewsMs)}
      union all
      select *, 'rotated' from renewed
      union all
      select id, expiration, contact_email, 'retired' from api_keys
      where retired_by = ${ownKeyActor} || key_id and retired_at > ${after(-oldNewsMs)}
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
    returning id, api_key_id as "apiKeyId", milestone, recipient, attempt_count as attempt`);
  return row && { ...row, id: Number(row.id), apiKeyId: Number(row.apiKeyId) };
}

/** Marks an alert as sent: it is never sent again. */
export async function markAlertSent(db: Database, { alert, now }: { alert: ClaimedAlert; now: Date }): Promise<void> {
  const isOpen = and(eq(milestoneAlerts.id, alert.id), isNull(milestoneAlerts.sentAt));
  await db.update(milestoneAlerts).set({ sentAt: now }).where(isOpen);
}

/** Schedules the next try after a failure; the pause doubles each time. */
export async function postponeAlert(db: Database, { alert, now }: { alert: ClaimedAlert; now: Date }): Promise<void> {
  const retryAt = new Date(now.getTime() + Math.min(retryMsMin * 2 ** (alert.attempt - 1), retryMsMax));
  const { id, attemptCount, sentAt } = milestoneAlerts;
  // Another server may have taken over a stale claim.
  const isOurs = and(eq(id, alert.id), eq(attemptCount, alert.attempt), isNull(sentAt));
  await db.update(milestoneAlerts).set({ retryAt }).where(isOurs);
}

/** An alert that was sent, or is tried again. */
export interface ListedAlert extends Pick<ClaimedAlert, "apiKeyId" | "milestone" | "recipient"> {
  readonly keyName: string;
  readonly attempts: number;
  /** Null while it has not been sent. */
  readonly sentAt: Date | null;
  /** When it is tried again, if it has not been sent. */
  readonly retryAt: Date;
}

/** The latest alerts, newest first. */
export function listAlerts(db: Database, { limit }: { actor: SettingsReader; limit: number }) {
  const { id, apiKeyId, milestone, recipient, attemptCount: attempts, sentAt, retryAt } = milestoneAlerts;
  const listed: Promise<ListedAlert[]> = db
    .select({ apiKeyId, keyName: apiKeys.name, milestone, recipient, attempts, sentAt, retryAt })
    .from(milestoneAlerts)
    .innerJoin(apiKeys, eq(apiKeys.id, apiKeyId))
    .orderBy(desc(id))
    .limit(limit);
  return listed;
}
