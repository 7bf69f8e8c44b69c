/**
 * Deletes rows that are too old, by PostgreSQL's clock and never by a server's: one that is wrong would destroy
 * evidence. Each statement is one batch, repeated until it finds nothing more.
 */
import type { Sql } from "postgres";

/** How many days refused calls are listed. */
const refusalsKeptDays = 90;
/** How many days calls are counted by address. */
const addressesKeptDays = 90;
/** How many addresses of a key and day are still counted separately once the day is over. */
const addressesKeptMax = 100;
/** How many days the counts per key and day are kept: a year, and a month to compare it with. */
const dailyCountsKeptDays = 400;
/** Of refusals without a key only so many are kept, the newest: a flood must not fill the disk. */
const keylessRefusalsUsualMax = 200_000;
/** How many days a dismissed suggestion is not shown. */
export const dismissedDays = 90;
const batchMax = 5_000;

/** Deletes one batch of the rows that meet a condition. */
const deleteWhere = (table: string, condition: string) => `
  with old as (
    select ctid from ${table} where ${condition} limit ${batchMax} for update skip locked)
  delete from ${table} where ctid = any (array(select ctid from old))`;

/**
 * Refusals before yesterday, of one kind and day, become one row, that of the newest. What is added is what was
 * deleted, so two servers that do this at once count nothing twice.
 */
const mergeRefusals = (zone: string) => `
  with alike as (
    select array_agg(id order by last_at desc, id desc) as ids from refusals
    where minute < date_trunc('day', now() - interval '1 day', '${zone}')
    group by date_trunc('day', minute, '${zone}'), reason, api_key_id, address, route, program_id, fingerprint
    having count(*) > 1 limit 100
  ), merged as (
    delete from refusals r using alike where r.id = any (alike.ids[2:])
    returning alike.ids[1] as kept_id, r.call_count
  )
  update refusals r set call_count = r.call_count + sums.calls
  from (select kept_id, sum(call_count) as calls from merged group by kept_id) sums
  where r.id = sums.kept_id`;

/** Of days that are over, the calls from all but the busiest addresses of a key become those from `0.0.0.0/0`. */
const mergeAddresses = `
  with crowded as (
    select api_key_id, day from api_key_address_calls
    where day between current_date - 8 and current_date - 2 and address <> '0.0.0.0/0'
    group by api_key_id, day having count(*) > ${addressesKeptMax} limit 100
  ), ranked as (
    select api_key_id, day, address,
      row_number() over (partition by api_key_id, day order by call_count desc, address) as place
    from api_key_address_calls join crowded using (api_key_id, day) where address <> '0.0.0.0/0'
  ), merged as (
    delete from api_key_address_calls a using ranked r
    where r.place > ${addressesKeptMax} and (a.api_key_id, a.day, a.address) = (r.api_key_id, r.day, r.address)
    returning a.*
  )
  insert into api_key_address_calls as rest
  select api_key_id, day, '0.0.0.0/0', sum(call_count), min(first_at), max(last_at) from merged group by api_key_id, day
  on conflict (api_key_id, day, address) do update set
    call_count = rest.call_count + excluded.call_count,
    first_at = least(rest.first_at, excluded.first_at),
    last_at = greatest(rest.last_at, excluded.last_at)`;

/** What is deleted, or merged, and how. */
const cleanups = (zone: string, keylessRefusalsMax: number): readonly string[] => [
  // A form that is sent a day after its session ended still comes back to its author.
  deleteWhere("sessions", "expires_at < now() - interval '1 day'"),
  deleteWhere("setup_links", "expires_at < now()"),
  deleteWhere("one_time_links", "expires_at < now()"),
  deleteWhere("challenges", "expires_at < now()"),
  // As long as failed sign-ins count.
  deleteWhere("sign_in_attempts", "at < now() - interval '15 minutes'"),
  // A retry is recognized for a day.
  deleteWhere("idempotent_submissions", "created_at < now() - interval '24 hours'"),
  deleteWhere("refusals", `recorded_at < now() - interval '${refusalsKeptDays} days'`),
  deleteWhere("api_key_daily_calls", `day < current_date - ${dailyCountsKeptDays}`),
  deleteWhere("api_key_program_calls", `day < current_date - ${dailyCountsKeptDays}`),
  deleteWhere("api_key_address_calls", `day < current_date - ${addressesKeptDays}`),
  mergeAddresses,
  deleteWhere("dismissed_suggestions", `dismissed_at < now() - interval '${dismissedDays} days'`),
  deleteWhere("api_key_daily_refusals", `day < current_date - ${dailyCountsKeptDays}`),
  deleteWhere(
    "refusals",
    `api_key_id is null and id <= (select id from refusals where api_key_id is null
       order by id desc offset ${keylessRefusalsMax} limit 1)`,
  ),
  mergeRefusals(zone),
  // The latest change of each application is all that readers of `modifiedSince` get.
  deleteWhere(
    "modifications",
    `at < now() - interval '1 day' and not exists (
       select from applications a
       where a.program_id = modifications.program_id and a.modification_id = modifications.id)`,
  ),
];

/** Deletes what is too old or too much, until nothing is left or it is told to stop. `zone` decides what a day is. */
export async function deleteOldRows(
  client: Sql,
  options: { zone: string; stopping?: AbortSignal; keylessRefusalsMax?: number },
): Promise<void> {
  const { zone, stopping, keylessRefusalsMax = keylessRefusalsUsualMax } = options;
  for (const cleanup of cleanups(zone, keylessRefusalsMax)) {
    let count = 1;
    while (count > 0 && stopping?.aborted !== true) {
      count = (await client.unsafe(cleanup)).count;
    }
  }
}
