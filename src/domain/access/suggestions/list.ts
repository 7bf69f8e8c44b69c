/** Suggestions about keys, from how they are used. */
import { dismissedDays } from "../../../db/cleanup.ts";
import type { Database } from "../../../db/client.ts";
import { runPrepared } from "../../../db/run-sql.ts";
import { localDate } from "../../../lib/time/times.ts";
import type { ApiKey } from "../keys/find.ts";
import { listDailyCalls } from "../usage/history.ts";
import { otherAddresses } from "../usage/tallies.ts";
import { findSuggestions, type KeyFacts, type Suggestion } from "./rules.ts";

interface Row extends Pick<KeyFacts, "countedSince" | "usedGrants" | "refusedDays"> {
  readonly id: string;
  readonly knownSinceMs: number | null;
  readonly addresses: NonNullable<KeyFacts["addresses"]>;
  readonly networks: readonly { readonly network: string; readonly firstMs: number }[];
  readonly hasOthers: boolean;
  readonly dismissed: readonly string[];
}

/** Suggestions are about keys with few addresses: no more are read. */
const addressesMax = 200;

/** Of one key, `k.id`; `$2` is today. */
const factsQuery = `
  select k.id,
    (select (extract(epoch from min(at)) * 1000)::float8 from audit_events
      where api_key_id = k.id and action in ('api_key.created', 'api_key.imported')) as "knownSinceMs",
    (select min(day)::text from api_key_program_calls) as "countedSince",
    (select coalesce(json_agg(json_build_object('slug', slug, 'permission', permission)), '[]') from (
      select distinct slug, permission from api_key_program_calls join programs on programs.id = program_id
      where api_key_id = k.id and day > $2::date - 60) as used) as "usedGrants",
    (select coalesce(json_agg(json_build_object('address', host(address), 'callCount', calls)), '[]') from (
      select address, sum(call_count) as calls from api_key_address_calls
      where api_key_id = k.id and day > $2::date - 30 group by address limit ${addressesMax + 1}) as callers) as addresses,
    (select coalesce(json_agg(json_build_object('network', network, 'firstMs', first_ms) order by first_ms desc), '[]')
      from (
        select network(set_masklen(address, case family(address) when 4 then 24 else 48 end))::text as network,
          (extract(epoch from min(first_at)) * 1000)::float8 as first_ms
        from api_key_address_calls where api_key_id = k.id group by 1 order by 2 desc limit 2) as networks) as networks,
    (select coalesce(json_agg(json_build_object('day', day, 'refused', refused, 'noGrant', no_grant) order by day desc), '[]')
      from (
        select day, sum(call_count) as refused,
          coalesce(sum(call_count) filter (where reason = 'no_grant'), 0) as no_grant
        from api_key_daily_refusals where api_key_id = k.id and day > $2::date - 7 group by day) as days) as "refusedDays",
    exists (select from api_key_address_calls where api_key_id = k.id and address = '${otherAddresses}') as "hasOthers",
    array(select suggestion from dismissed_suggestions
      where api_key_id = k.id and dismissed_at > now() - interval '${dismissedDays} days') as dismissed
  from unnest($1::bigint[]) as k (id)`;

/**
 * What is suggested about some keys, by their ids, in the order of the rules; a key without suggestions is missing.
 * Only keys that work and whose usage may be seen have any, and none that was dismissed in the last 90 days.
 */
export async function listSuggestions(
  db: Database,
  input: { apiKeys: readonly ApiKey[]; zone: string; now: Date },
): Promise<Map<number, Suggestion[]>> {
  const { zone, now } = input;
  const apiKeys = input.apiKeys.filter(({ state, callCount }) => state === "active" && callCount !== null);
  if (apiKeys.length === 0) return new Map();
  const today = localDate(now, zone);
  const ids = apiKeys.map(({ id }) => String(id));
  const [rows, days] = await Promise.all([
    runPrepared<Row>(db, factsQuery, [ids, today]),
    listDailyCalls(db, { apiKeys, today }),
  ]);
  const found = new Map(rows.map((row) => [Number(row.id), row]));
  return new Map(
    apiKeys.flatMap((apiKey): [number, Suggestion[]][] => {
      const row = found.get(apiKey.id);
      if (row === undefined) return [];
      const { knownSinceMs, addresses, networks, hasOthers, dismissed } = row;
      const newestNetworks = networks.map(({ network, firstMs }) => ({ network, firstAt: new Date(firstMs) }));
      const suggestions = findSuggestions({
        ...{ ...row, apiKey, now, today },
        knownSince: knownSinceMs === null ? apiKey.createdAt : new Date(knownSinceMs),
        days: days.get(apiKey.id) ?? [],
        addresses: hasOthers || addresses.length > addressesMax ? null : addresses,
        newestNetworks: hasOthers ? [] : newestNetworks,
      }).filter(({ kind }) => !dismissed.includes(kind));
      return suggestions.length === 0 ? [] : [[apiKey.id, suggestions]];
    }),
  );
}
