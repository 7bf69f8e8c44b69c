/** Stores refused calls for admins: counted in memory, written within a second, deleted after 90 days. */
import type { Sql } from "postgres";
import { createDayReader } from "../../../lib/time/times.ts";
import { type RegularWriter, writeRegularly } from "../usage/regular-writer.ts";
import { createRefusalTallies, type RefusalTally, type RefusedCall } from "./tallies.ts";

/** Counts and writes refusals. If a write fails, the error is reported and the counts are kept for the next. */
export interface RefusalRecorder extends RegularWriter {
  /** Counts one refused call; does no work that could fail. */
  record(call: RefusedCall): void;
}

/**
 * Starts a recorder. `zone` decides which day a call belongs to. `report` is called with every failed write,
 * `written` after every successful one.
 */
export function createRefusalRecorder(options: {
  client: Sql;
  zone: string;
  report: (error: unknown) => void;
  written?: () => void;
}): RefusalRecorder {
  const { client, zone, report, written } = options;
  const { count, takeAll, putBack } = createRefusalTallies();
  const dayOf = createDayReader(zone);
  const write = (tallies: readonly RefusalTally[]) => writeTallies(client, tallies, dayOf);
  return { ...writeRegularly({ takeAll, putBack, write, report, written }), record: count };
}

/**
 * Writes all tallies in one statement. A slug becomes a program's id, or null: then tallies that differ only
 * in it become one row. Rows are always locked in the same order, so that two writers cannot deadlock.
 */
async function writeTallies(client: Sql, tallies: readonly RefusalTally[], dayOf: (at: Date) => string): Promise<void> {
  const column = <T>(read: (tally: RefusalTally) => T | undefined) => tallies.map((tally) => read(tally) ?? null);
  await client`
    with gathered as materialized (
      select t.minute::timestamptz, t.day::date, t.reason, t.api_key_id, t.address::inet, t.route,
        p.id as program_id, t.fingerprint, t.calls, t.last_at::timestamptz, t.last_request_id
      from unnest(
        ${column(({ minuteMs }) => new Date(minuteMs).toISOString())}::text[],
        ${column(({ lastAt }) => dayOf(lastAt))}::text[],
        ${column(({ reason }) => reason)}::text[],
        ${column(({ apiKeyId }) => apiKeyId)}::bigint[],
        ${column(({ address }) => address)}::text[],
        ${column(({ route }) => route)}::text[],
        ${column(({ slug }) => slug)}::text[],
        ${column(({ fingerprint }) => fingerprint)}::text[],
        ${column(({ calls }) => calls)}::bigint[],
        ${column(({ lastAt }) => lastAt.toISOString())}::text[],
        ${column(({ lastRequestId }) => lastRequestId)}::text[]
      ) as t (minute, day, reason, api_key_id, address, route, slug, fingerprint, calls, last_at,
        last_request_id)
      left join programs p on p.slug = t.slug
      where t.api_key_id is null or exists (select from api_keys where id = t.api_key_id)
    ), daily as (
      insert into api_key_daily_refusals as d (api_key_id, day, reason, call_count)
      select api_key_id, day, reason, sum(calls) from gathered where api_key_id is not null
      group by api_key_id, day, reason order by api_key_id, day, reason
      on conflict (api_key_id, day, reason)
        do update set call_count = d.call_count + excluded.call_count
    )
    insert into refusals as r (minute, reason, api_key_id, address, route, program_id, fingerprint,
      call_count, last_at, last_request_id)
    select minute, reason, api_key_id, address, route, program_id, fingerprint, sum(calls),
      max(last_at), (array_agg(last_request_id order by last_at desc))[1]
    from gathered
    group by minute, reason, api_key_id, address, route, program_id, fingerprint
    order by minute, reason, api_key_id, address, route, program_id, fingerprint
    on conflict (minute, reason, coalesce(api_key_id, 0), coalesce(host(address), ''),
      coalesce(route, ''), coalesce(program_id, 0), coalesce(fingerprint, ''))
    do update set
      call_count = r.call_count + excluded.call_count,
      last_at = greatest(r.last_at, excluded.last_at),
      last_request_id = case when excluded.last_at >= r.last_at
        then excluded.last_request_id else r.last_request_id end`;
}
