/** Keys as the database holds them now, read for authentication (spec 2, "Freshness"). */
import type { Sql } from "postgres";
import { createBoundedMap } from "../../lib/limits/bounded-map.ts";
import { parseSubnet, type Subnet } from "../../lib/net/subnets.ts";
import type { Grant } from "./grants.ts";

/** A key as the rules need it. */
export interface StoredKey {
  readonly id: number;
  readonly keyId: string;
  readonly secretHash: string;
  readonly saltId: string;
  readonly expiration: Date;
  readonly isRetired: boolean;
  /** Those that could be parsed; one that cannot admits nobody. */
  readonly subnets: readonly Subnet[];
  /** Stored texts that are no subnet: somebody must be told. */
  readonly unreadableSubnets: readonly string[];
  readonly grants: readonly Grant[];
}

interface Row {
  readonly id: string;
  readonly change_id: string;
  readonly key_id: string;
  readonly secret_hash: string;
  readonly salt_id: string;
  readonly expiration_ms: number;
  readonly is_retired: boolean;
  readonly subnets: readonly string[];
  readonly grants: readonly Grant[];
}

/** Reads the keys that have these key ids, by key id, as they are now; the others are missing. */
export type KeyReader = (keyIds: readonly string[]) => Promise<Map<string, StoredKey>>;

const decodedMax = 10_000;

/**
 * Makes a reader. It asks the database every time, but only for the change id of each key, which is
 * another one after every change. What that stands for never changes, so it may be remembered: a key
 * is read and decoded whole once after each change (spec 7, "What is known").
 */
export function createKeyReader(client: Sql): KeyReader {
  const decoded = createBoundedMap<string, StoredKey>(decodedMax);
  return async (keyIds) => {
    const changeIds = await readChangeIds(client, keyIds);
    const found = new Map<string, StoredKey>();
    const changed: string[] = [];
    for (const [index, keyId] of keyIds.entries()) {
      const changeId = changeIds[index];
      if (!changeId) continue;
      const key = decoded.get(changeId);
      if (key === undefined) changed.push(keyId);
      else found.set(keyId, key);
    }
    if (changed.length === 0) return found;
    for (const row of await readRows(client, changed)) {
      const key = decodeKey(row);
      decoded.set(row.change_id, key);
      found.set(row.key_id, key);
    }
    return found;
  };
}

/** What no key id holds, and no caller can write into one: a credential has no control characters (spec 2, rule 2). */
const separator = "\n";
const impossible = /[\0\n]/;
const changeIdsQuery = `
  select coalesce(string_agg(coalesce(k.change_id::text, ''), ',' order by asked.position), '') as change_ids
  from string_to_table($1, e'\\n') with ordinality as asked (key_id, position)
  -- One search in the index for each: PostgreSQL takes them for a thousand, and would read the whole table.
  left join lateral (select change_id from api_keys where key_id = asked.key_id limit 1) as k on true`;

/**
 * The change id of each key, in their order, empty where there is none: asked and answered in one text,
 * since the driver's work goes by rows and elements. Unknown keys cost the same search as known ones.
 */
async function readChangeIds(client: Sql, keyIds: readonly string[]): Promise<string[]> {
  // Whoever did not come by a credential asks for nobody, and changes nothing for the others.
  const asked = keyIds.map((keyId) => (impossible.test(keyId) ? "" : keyId));
  const [row] = await client.unsafe<{ change_ids: string }[]>(
    changeIdsQuery,
    [asked.join(separator)],
    { prepare: true },
  );
  return row?.change_ids.split(",") ?? [];
}

async function readRows(client: Sql, keyIds: readonly string[]): Promise<Row[]> {
  return client<Row[]>`
    select k.id, k.change_id, k.key_id, k.secret_hash, k.salt_id,
      (extract(epoch from k.expiration) * 1000)::float8 as expiration_ms,
      k.retired_at is not null as is_retired,
      k.subnets::text[] as subnets,
      (select coalesce(json_agg(json_build_object(
          'programId', g.program_id, 'slug', p.slug, 'permission', g.permission)), '[]'::json)
        from grants g join programs p on p.id = g.program_id where g.api_key_id = k.id) as grants
    from api_keys k where k.key_id = any(${keyIds}::text[])`;
}

function decodeKey(row: Row): StoredKey {
  const subnets = row.subnets.map((text) => ({ text, subnet: parseSubnet(text) }));
  return {
    id: Number(row.id),
    keyId: row.key_id,
    secretHash: row.secret_hash,
    saltId: row.salt_id,
    expiration: new Date(row.expiration_ms),
    isRetired: row.is_retired,
    subnets: subnets.flatMap(({ subnet }) => subnet ?? []),
    unreadableSubnets: subnets.filter(({ subnet }) => !subnet).map(({ text }) => text),
    grants: row.grants,
  };
}
