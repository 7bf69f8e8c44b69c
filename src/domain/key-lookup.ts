/**
 * Reads keys for authentication: after the request arrived, one query for all that wait at the same
 * moment, nothing kept (spec 2, "Freshness"). The next batch opens with what has gathered meanwhile.
 */
import type { Sql } from "postgres";
import { DomainError } from "./errors.ts";
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

/** Looks keys up. */
export interface KeyLookup {
  /** The key as it is in the database now. Throws `unavailable` when the database does not answer in time. */
  find(keyId: string): Promise<StoredKey | undefined>;
}

interface Waiting {
  readonly resolve: (key: StoredKey | undefined) => void;
  readonly reject: (error: unknown) => void;
}

const batchesInFlightMax = 4;
const keysPerBatchMax = 500;
const waitingKeysMax = 10_000;
const answerTimeoutMs = 4_000;

/** Makes a look-up on a pool of its own, so that long lists never make a call wait for its check. */
export function createKeyLookup(client: Sql): KeyLookup {
  const waiting = new Map<string, Waiting[]>();
  let batchesInFlight = 0;
  let isScheduled = false;

  function schedule(): void {
    if (isScheduled || waiting.size === 0 || batchesInFlight >= batchesInFlightMax) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      void runBatch();
      schedule();
    });
  }

  async function runBatch(): Promise<void> {
    const batch = new Map([...waiting].slice(0, keysPerBatchMax));
    for (const keyId of batch.keys()) waiting.delete(keyId);
    batchesInFlight += 1;
    try {
      const found = await inTime(readKeys(client, [...batch.keys()]));
      for (const [keyId, callers] of batch) {
        for (const caller of callers) caller.resolve(found.get(keyId));
      }
    } catch (cause) {
      const error = new DomainError("unavailable", "The database does not answer.", {
        cause,
        retryAfterSeconds: 5,
      });
      for (const caller of [...batch.values()].flat()) caller.reject(error);
    } finally {
      batchesInFlight -= 1;
      schedule();
    }
  }

  return {
    find(keyId) {
      return new Promise((resolve, reject) => {
        const callers = waiting.get(keyId);
        if (callers) callers.push({ resolve, reject });
        else if (waiting.size >= waitingKeysMax) {
          reject(new DomainError("unavailable", "Too many calls wait.", { retryAfterSeconds: 5 }));
        } else waiting.set(keyId, [{ resolve, reject }]);
        schedule();
      });
    },
  };
}

function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: Timer | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("timed out")), answerTimeoutMs);
  });
  return Promise.race([answer, tooLate]).finally(() => clearTimeout(timer));
}

interface Row {
  readonly id: string;
  readonly key_id: string;
  readonly secret_hash: string;
  readonly salt_id: string;
  readonly expiration_ms: number;
  readonly is_retired: boolean;
  readonly subnets: readonly string[];
  readonly grants: readonly Grant[];
}

async function readKeys(client: Sql, keyIds: string[]): Promise<Map<string, StoredKey>> {
  const rows = await client<Row[]>`
    select k.id, k.key_id, k.secret_hash, k.salt_id,
      (extract(epoch from k.expiration) * 1000)::float8 as expiration_ms,
      k.retired_at is not null as is_retired,
      k.subnets::text[] as subnets,
      (select coalesce(json_agg(json_build_object(
          'programId', g.program_id, 'slug', p.slug, 'permission', g.permission)), '[]'::json)
        from grants g join programs p on p.id = g.program_id where g.api_key_id = k.id) as grants
    from api_keys k where k.key_id = any(${keyIds})`;
  return new Map(rows.map((row) => [row.key_id, decodeKey(row)]));
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
