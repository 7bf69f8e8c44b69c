/** Counts the calls of keys in memory and writes the counts within a second, without delaying a call. */
import type { Sql } from "postgres";
import { createDayReader } from "../../../lib/time/times.ts";
import { type RegularWriter, writeRegularly } from "./regular-writer.ts";

/** One call that passed rules 1 to 7. */
export interface UsedKey {
  readonly apiKeyId: number;
  /** Canonical client address. */
  readonly address: string;
  readonly at: Date;
}

/** Counts and writes usage. If a write fails, the error is reported and the counts are kept for the next. */
export interface UsageRecorder extends RegularWriter {
  /** Counts one call; does no work that could fail. */
  record(call: UsedKey): void;
}

interface Tally {
  readonly apiKeyId: number;
  readonly day: string;
  calls: number;
  lastAt: Date;
  lastAddress: string;
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
  const dayOf = createDayReader(options.zone);
  /** By day (mostly there is one), then by key. */
  let gathered = new Map<string, Map<number, Tally>>();

  function add(tally: Tally): void {
    const { apiKeyId, day } = tally;
    const ofDay = gathered.get(day) ?? new Map<number, Tally>();
    const known = ofDay.get(apiKeyId);
    if (known === undefined) {
      gathered.set(day, ofDay.set(apiKeyId, tally));
      return;
    }
    known.calls += tally.calls;
    if (tally.lastAt >= known.lastAt) {
      known.lastAt = tally.lastAt;
      known.lastAddress = tally.lastAddress;
    }
  }

  return {
    ...writeRegularly<Tally>({
      ...{ report: options.report, written: options.written },
      takeAll() {
        const tallies = [...gathered.values()].flatMap((ofDay) => [...ofDay.values()]);
        gathered = new Map();
        return tallies;
      },
      putBack: (tallies) => tallies.forEach(add),
      write: (tallies) => writeTallies(options.client, tallies),
    }),
    record({ apiKeyId, address, at }) {
      add({ apiKeyId, day: dayOf(at), calls: 1, lastAt: at, lastAddress: address });
    },
  };
}

/**
 * Writes all counts in one statement. Rows are locked in the order of keys, so that two writers cannot
 * deadlock. A key that no longer exists (an older backup was restored) is skipped.
 */
async function writeTallies(client: Sql, tallies: readonly Tally[]): Promise<void> {
  await client`
    with tally as materialized (
      select api_key_id, day::date, calls, last_at::timestamptz, last_address::inet from unnest(
        ${tallies.map((tally) => tally.apiKeyId)}::bigint[],
        ${tallies.map((tally) => tally.day)}::text[],
        ${tallies.map((tally) => tally.calls)}::bigint[],
        ${tallies.map((tally) => tally.lastAt.toISOString())}::text[],
        ${tallies.map((tally) => tally.lastAddress)}::text[]
      ) as t (api_key_id, day, calls, last_at, last_address)
      where exists (select from api_keys where id = t.api_key_id)
    ), daily as (
      insert into api_key_daily_calls as d (api_key_id, day, call_count)
      select api_key_id, day, calls from tally order by api_key_id, day
      on conflict (api_key_id, day) do update set call_count = d.call_count + excluded.call_count
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
