/** Keys as they are in the database now, read for authentication. */
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
  /** The ones that could be parsed. Others admit nobody. */
  readonly subnets: readonly Subnet[];
  /** Stored texts that are not subnets, to be reported. */
  readonly unreadableSubnets: readonly string[];
  readonly grants: readonly Grant[];
}

/** A key as PostgreSQL writes it: its id as text, its expiration in milliseconds, its subnets as texts. */
type Row = Omit<StoredKey, "id" | "expiration" | "subnets"> &
  Readonly<{ id: string; changeId: string; expirationMs: number; subnetTexts: string[] }>;

/** Reads the keys that have these key ids, by key id, as they are now; the others are missing. */
export type KeyReader = (keyIds: readonly string[]) => Promise<Map<string, StoredKey>>;

const decodedMax = 10_000;

/**
 * Makes a reader. It asks the database every time, but only for each key's change id, which is new after
 * every change. The key as of one change id never changes, so it is cached: each key is read and decoded
 * once per change.
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
      decoded.set(row.changeId, key);
      found.set(row.keyId, key);
    }
    return found;
  };
}

/** Not in any key id: a credential with control characters is malformed. */
const separator = "\n";
const impossible = /[\0\n]/;
const changeIdsQuery = `
  select coalesce(string_agg(coalesce(k.change_id::text, ''), ',' order by asked.position), '') as change_ids
  from string_to_table($1, e'\\n') with ordinality as asked (key_id, position)
  -- One search in the index for each: PostgreSQL takes them for a thousand, and would read the whole table.
  left join lateral (select change_id from api_keys where key_id = asked.key_id limit 1) as k on true`;

/**
 * The change id of each key, in their order, empty for unknown keys. Question and answer are one text each,
 * because the driver's work grows with rows and array elements. Unknown keys cost the same search.
 */
async function readChangeIds(client: Sql, keyIds: readonly string[]): Promise<string[]> {
  // A key id that is not from a credential finds nothing, and does not disturb the others.
  const asked = keyIds.map((keyId) => (impossible.test(keyId) ? "" : keyId));
  const [row] = await client.unsafe<{ change_ids: string }[]>(changeIdsQuery, [asked.join(separator)], {
    prepare: true,
  });
  return row?.change_ids.split(",") ?? [];
}

async function readRows(client: Sql, keyIds: readonly string[]): Promise<Row[]> {
  return client<Row[]>`
    select k.id, k.change_id as "changeId", k.key_id as "keyId", k.secret_hash as "secretHash", k.salt_id as "saltId",
      (extract(epoch from k.expiration) * 1000)::float8 as "expirationMs",
      k.retired_at is not null as "isRetired",
      k.subnets::text[] as "subnetTexts",
      (select coalesce(json_agg(json_build_object(
          'programId', g.program_id, 'slug', p.slug, 'permission', g.permission,
          'questions', json_build_object('mode', g.question_mode, 'keys', g.question_keys))), '[]'::json)
        from grants g join programs p on p.id = g.program_id where g.api_key_id = k.id) as grants
    from api_keys k where k.key_id = any(${keyIds}::text[])`;
}

function decodeKey({ id, changeId: _, expirationMs, subnetTexts, ...row }: Row): StoredKey {
  return {
    ...row,
    id: Number(id),
    expiration: new Date(expirationMs),
    subnets: subnetTexts.flatMap((text) => parseSubnet(text) ?? []),
    unreadableSubnets: subnetTexts.filter((text) => parseSubnet(text) === undefined),
  };
}
