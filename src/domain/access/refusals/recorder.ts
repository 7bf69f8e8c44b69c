/** Stores refused calls for admins: counted in memory, written within a second, deleted after 90 days. */
import type { Sql } from "postgres";
import { type RecorderOptions, type RegularWriter, writeRegularly } from "../usage/regular-writer.ts";
import { createRefusalTallies, type RefusalTally, type RefusedCall } from "./tallies.ts";

/** Counts and writes refusals. If a write fails, the error is reported and the counts are kept for the next. */
export interface RefusalRecorder extends RegularWriter {
  /** Counts one refused call; does no work that could fail. */
  record(call: RefusedCall): void;
}

/** Starts a recorder. */
export function createRefusalRecorder({ client, zone, ...told }: RecorderOptions): RefusalRecorder {
  const { count, ...gathered } = createRefusalTallies();
  const write = (tallies: readonly RefusalTally[]) => writeTallies(client, tallies, zone);
  return { ...writeRegularly({ ...gathered, write, ...told }), record: count };
}

/**
 * Writes all tallies in one statement. A slug becomes a program's id, or null: then tallies that differ only
 * in it become one row. Rows are always locked in the same order, so that two writers cannot deadlock.
 */
async function writeTallies(client: Sql, tallies: readonly RefusalTally[], zone: string): Promise<void> {
  await client`
    with gathered as materialized (
      select date_trunc('minute', "lastAt") as minute, reason, "apiKeyId" as api_key_id, address, route, p.id as program_id,
        fingerprint, calls, "lastAt" as last_at, "lastRequestId" as last_request_id
      from json_to_recordset(${JSON.stringify(tallies)}::text::json) as t (reason text, "apiKeyId" bigint, address inet,
        route text, slug text, fingerprint text, calls bigint, "lastAt" timestamptz, "lastRequestId" text)
      left join programs p using (slug)
      where "apiKeyId" is null or exists (select from api_keys where id = "apiKeyId")
    ), daily as (
      insert into api_key_daily_refusals as d (api_key_id, day, reason, call_count)
      select api_key_id, (last_at at time zone ${zone})::date, reason, sum(calls) from gathered
      where api_key_id is not null group by 1, 2, 3 order by 1, 2, 3
      on conflict (api_key_id, day, reason)
        do update set call_count = d.call_count + excluded.call_count
    )
    insert into refusals as r (minute, reason, api_key_id, address, route, program_id, fingerprint,
      call_count, last_at, last_request_id)
    select minute, reason, api_key_id, address, route, program_id, fingerprint, sum(calls),
      max(last_at), (array_agg(last_request_id order by last_at desc))[1]
    from gathered
    group by api_key_id, fingerprint, minute, reason, address, route, program_id
    order by api_key_id, fingerprint, minute, reason, address, route, program_id
    on conflict (minute, reason, coalesce(api_key_id, 0), coalesce(host(address), ''),
      coalesce(route, ''), coalesce(program_id, 0), coalesce(fingerprint, ''))
    do update set
      call_count = r.call_count + excluded.call_count,
      last_at = greatest(r.last_at, excluded.last_at),
      last_request_id = case when excluded.last_at >= r.last_at
        then excluded.last_request_id else r.last_request_id end`;
}
