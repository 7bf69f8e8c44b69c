/** Counts the calls of keys in memory and writes the counts within a second, without delaying a call. */
import type { Sql } from "postgres";
import { createDayReader } from "../../../lib/time/times.ts";
import { type RegularWriter, writeRegularly } from "./regular-writer.ts";
import { createUsageTallies, type UsageTally, type UsedGrant, type UsedKey } from "./tallies.ts";

/** Counts and writes usage. If a write fails, the error is reported and the counts are kept for the next. */
export interface UsageRecorder extends RegularWriter {
  /** Counts one call; does no work that could fail. */
  record(call: UsedKey): void;
  /** Counts one call by the grant that allowed it, beside `record`. */
  recordGrant(call: UsedGrant): void;
}

/**
 * Starts a recorder. `zone` decides which day a call belongs to. `report` is called with every failed write,
 * `written` after every successful one.
 */
export function createUsageRecorder(options: {
  client: Sql;
  zone: string;
  report: (error: unknown) => void;
  written?: () => void;
}): UsageRecorder {
  const { client, zone, report, written } = options;
  const { countCall, countGrant, takeAll, putBack } = createUsageTallies(createDayReader(zone));
  const write = (tallies: readonly UsageTally[]) => writeTallies(client, tallies);
  return {
    ...writeRegularly<UsageTally>({ report, written, takeAll, putBack, write }),
    record: countCall,
    recordGrant: countGrant,
  };
}

/**
 * Writes all counts in one statement. Rows are locked in the order of keys, so that two writers cannot
 * deadlock. A key or program that no longer exists (an older backup was restored) is skipped.
 */
async function writeTallies(client: Sql, tallies: readonly UsageTally[]): Promise<void> {
  const called = tallies.flatMap((tally) => (tally.last === undefined ? [] : { ...tally, last: tally.last }));
  const addresses = tallies.flatMap(({ apiKeyId, day, addresses: ofKey }) =>
    [...ofKey].map(([address, counted]) => ({ apiKeyId, day, address, ...counted })),
  );
  const grants = tallies.flatMap(({ apiKeyId, day, grants: ofKey }) =>
    [...ofKey.values()].map((counted) => ({ apiKeyId, day, ...counted })),
  );
  await client`
    with tally as materialized (
      select api_key_id, day::date, calls, last_at::timestamptz, last_address::inet from unnest(
        ${called.map((tally) => tally.apiKeyId)}::bigint[],
        ${called.map((tally) => tally.day)}::text[],
        ${called.map((tally) => tally.calls)}::bigint[],
        ${called.map((tally) => tally.last.at.toISOString())}::text[],
        ${called.map((tally) => tally.last.address)}::text[]
      ) as t (api_key_id, day, calls, last_at, last_address)
      where exists (select from api_keys where id = t.api_key_id)
    ), daily as (
      insert into api_key_daily_calls as d (api_key_id, day, call_count)
      select api_key_id, day, calls from tally order by api_key_id, day
      on conflict (api_key_id, day) do update set call_count = d.call_count + excluded.call_count
    ), by_address as (
      insert into api_key_address_calls as a (api_key_id, day, address, call_count, first_at, last_at)
      select api_key_id, day::date, address::inet, calls, first_at::timestamptz, last_at::timestamptz
      from unnest(
        ${addresses.map((counted) => counted.apiKeyId)}::bigint[],
        ${addresses.map((counted) => counted.day)}::text[],
        ${addresses.map((counted) => counted.address)}::text[],
        ${addresses.map((counted) => counted.calls)}::bigint[],
        ${addresses.map((counted) => counted.firstAt.toISOString())}::text[],
        ${addresses.map((counted) => counted.lastAt.toISOString())}::text[]
      ) as t (api_key_id, day, address, calls, first_at, last_at)
      where exists (select from api_keys where id = t.api_key_id)
      order by api_key_id, day, address
      on conflict (api_key_id, day, address) do update set
        call_count = a.call_count + excluded.call_count,
        first_at = least(a.first_at, excluded.first_at),
        last_at = greatest(a.last_at, excluded.last_at)
    ), by_grant as (
      insert into api_key_program_calls as g (api_key_id, program_id, permission, day, call_count)
      select api_key_id, program_id, permission, day::date, calls from unnest(
        ${grants.map((counted) => counted.apiKeyId)}::bigint[],
        ${grants.map((counted) => counted.programId)}::bigint[],
        ${grants.map((counted) => counted.permission)}::text[],
        ${grants.map((counted) => counted.day)}::text[],
        ${grants.map((counted) => counted.calls)}::bigint[]
      ) as t (api_key_id, program_id, permission, day, calls)
      where exists (select from api_keys where id = t.api_key_id)
        and exists (select from programs where id = t.program_id)
      order by api_key_id, program_id, permission, day
      on conflict (api_key_id, program_id, permission, day) do update set call_count = g.call_count + excluded.call_count
    )
    insert into api_key_usage as u (api_key_id, call_count, last_used_at, last_used_address)
    select api_key_id, sum(calls), max(last_at), (array_agg(last_address order by last_at desc))[1]
    from tally group by api_key_id order by api_key_id
    on conflict (api_key_id) do update set
      call_count = u.call_count + excluded.call_count,
      last_used_at = greatest(u.last_used_at, excluded.last_used_at),
      last_used_address = case when u.last_used_at > excluded.last_used_at
        then u.last_used_address else excluded.last_used_address end`;
}
