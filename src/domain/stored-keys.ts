/** Keys as the database holds them, read for authentication (spec 2). */
import type { Sql } from "postgres";
import type { Grant } from "./grants.ts";
import { parseSubnet, type Subnet } from "./subnets.ts";

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
  readonly asked_id: string;
  readonly id: string;
  readonly key_id: string;
  readonly secret_hash: string;
  readonly salt_id: string;
  readonly expiration_ms: number;
  readonly is_retired: boolean;
  readonly subnets: readonly string[];
  readonly grants: readonly Grant[];
}

/**
 * Reads the keys that have these key ids, by key id; the others are missing.
 * In place of an unknown key the oldest one is read and thrown away: with less work the time of the
 * answer would tell which key ids exist.
 */
export async function readKeys(client: Sql, keyIds: string[]): Promise<Map<string, StoredKey>> {
  const rows = await client<Row[]>`
    select asked.key_id as asked_id, k.id, k.key_id, k.secret_hash, k.salt_id,
      (extract(epoch from k.expiration) * 1000)::float8 as expiration_ms,
      k.retired_at is not null as is_retired,
      k.subnets::text[] as subnets,
      (select coalesce(json_agg(json_build_object(
          'programId', g.program_id, 'slug', p.slug, 'permission', g.permission)), '[]'::json)
        from grants g join programs p on p.id = g.program_id where g.api_key_id = k.id) as grants
    from unnest(${keyIds}::text[]) as asked (key_id) cross join lateral (
      select * from api_keys where key_id = asked.key_id
      union all (select * from api_keys order by id limit 1)
      limit 1) k`;
  const found = new Map<string, StoredKey>();
  for (const row of rows) {
    const key = decodeKey(row);
    if (row.key_id === row.asked_id) found.set(row.key_id, key);
  }
  return found;
}

function decodeKey(row: Row): StoredKey {
  const subnets = row.subnets.map((text) => ({ text, subnet: readSubnet(text) }));
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

/** What a text means never changes, so it may be remembered: parsing costs up to 150 µs (spec 7). */
const readTexts = new Map<string, Subnet | undefined>();
const readTextsMax = 10_000;

function readSubnet(text: string): Subnet | undefined {
  if (!readTexts.has(text)) {
    if (readTexts.size >= readTextsMax) readTexts.clear();
    readTexts.set(text, parseSubnet(text));
  }
  return readTexts.get(text);
}
