/** Counts the calls of keys in memory and writes the counts within a second, without delaying a call. */
import type { Sql } from "postgres";
import { createDayReader } from "../../../lib/time/times.ts";
import { type RecorderOptions, type RegularWriter, writeRegularly } from "./regular-writer.ts";
import { createUsageTallies, type UsageTally, type UsedGrant, type UsedKey } from "./tallies.ts";

/** Counts and writes usage. If a write fails, the error is reported and the counts are kept for the next. */
export interface UsageRecorder extends RegularWriter {
  /** Counts one call; does no work that could fail. */
  record(call: UsedKey): void;
  /** Counts one call by the grant that allowed it, beside `record`. */
  recordGrant(call: UsedGrant): void;
}

/** Starts a recorder. */
export function createUsageRecorder({ client, zone, ...told }: RecorderOptions): UsageRecorder {
  const { countCall, countGrant, ...gathered } = createUsageTallies(createDayReader(zone));
  const write = (tallies: readonly UsageTally[]) => writeTallies(client, tallies);
  return { ...writeRegularly({ ...gathered, write, ...told }), record: countCall, recordGrant: countGrant };
}

/**
 * Writes all counts in one statement. Rows are locked in the order of keys, so that two writers cannot
 * deadlock. A key or program that no longer exists (an older backup was restored) is skipped.
 */
async function writeTallies(client: Sql, tallies: readonly UsageTally[]): Promise<void> {
  await client`
    with counted as materialized (
      select "apiKeyId" as api_key_id, day, address, "programId" as program_id, permission, calls,
        "firstAt" as first_at, "lastAt" as last_at, "lastAddress" as last_address
      from json_to_recordset(${JSON.stringify(tallies)}::text::json) as t ("apiKeyId" bigint, day date, address inet,
        "programId" bigint, permission text, calls bigint, "firstAt" timestamptz, "lastAt" timestamptz, "lastAddress" inet)
      where exists (select from api_keys where id = "apiKeyId")
    ), daily as (
      insert into api_key_daily_calls as d (api_key_id, day, call_count)
      select api_key_id, day, sum(calls) from counted where address is not null
      group by api_key_id, day order by api_key_id, day
      on conflict (api_key_id, day) do update set call_count = d.call_count + excluded.call_count
    ), by_address as (
      insert into api_key_address_calls as a (api_key_id, day, address, call_count, first_at, last_at)
      select api_key_id, day, address, calls, first_at, last_at from counted where address is not null
      order by api_key_id, day, address
      on conflict (api_key_id, day, address) do update set
        call_count = a.call_count + excluded.call_count,
        first_at = least(a.first_at, excluded.first_at),
        last_at = greatest(a.last_at, excluded.last_at)
    ), by_grant as (
      insert into api_key_program_calls as g (api_key_id, program_id, permission, day, call_count)
      select api_key_id, program_id, permission, day, calls from counted
      where exists (select from programs where id = program_id)
      order by api_key_id, program_id, permission, day
      on conflict (api_key_id, program_id, permission, day) do update set call_count = g.call_count + excluded.call_count
    )
    insert into api_key_usage as u (api_key_id, call_count, last_used_at, last_used_address)
    select api_key_id, sum(calls), max(last_at), (array_agg(last_address order by last_at desc))[1]
    from counted where address is not null group by api_key_id order by api_key_id
    on conflict (api_key_id) do update set
      call_count = u.call_count + excluded.call_count,
      last_used_at = greatest(u.last_used_at, excluded.last_used_at),
      last_used_address = case when u.last_used_at > excluded.last_used_at
        then u.last_used_address else excluded.last_used_address end`;
}
