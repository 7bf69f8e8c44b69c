/**
 * Reads keys for authentication: after the request arrived, one query for all that wait at the same
 * moment, nothing kept (spec 2, "Freshness"). The next batch opens with what has gathered meanwhile.
 */
import type { Sql } from "postgres";
import { TooLateError, withinMs } from "./deadline.ts";
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

interface Caller {
  readonly resolve: (key: StoredKey | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** The calls that wait for one key. */
interface Waiting {
  readonly sinceMs: number;
  readonly callers: Caller[];
}

const batchesInFlightMax = 4;
const keysPerBatchMax = 500;
const waitingCallsMax = 10_000;
/** From the question to the answer, waiting for a batch included: the API promises 503 within five seconds. */
const patienceMs = 4_000;
const patienceOfBatchMinMs = 50;

/** What may be different from the default. */
export interface KeyLookupOptions {
  /** Is told that a batch was not answered in time: what is stuck on those connections should be left behind. */
  readonly onSilence?: () => void;
  readonly patienceMs?: number;
}

/**
 * Makes a look-up on a pool of its own, so that long lists never make a call wait for its check; the
 * pool has a connection for each of the four batches in flight.
 */
export function createKeyLookup(client: Sql, options: KeyLookupOptions = {}): KeyLookup {
  const waiting = new Map<string, Waiting>();
  let waitingCalls = 0;
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

  function takeBatch(): Map<string, Waiting> {
    const batch = new Map(waiting.entries().take(keysPerBatchMax));
    for (const [keyId, { callers }] of batch) {
      waiting.delete(keyId);
      waitingCalls -= callers.length;
    }
    return batch;
  }

  async function runBatch(): Promise<void> {
    const batch = takeBatch();
    const oldestMs = Math.min(...batch.values().map(({ sinceMs }) => sinceMs));
    const leftMs = (options.patienceMs ?? patienceMs) - (performance.now() - oldestMs);
    batchesInFlight += 1;
    try {
      const answer = readKeys(client, [...batch.keys()]);
      const found = await withinMs(answer, Math.max(leftMs, patienceOfBatchMinMs));
      for (const [keyId, { callers }] of batch) {
        for (const caller of callers) caller.resolve(found.get(keyId));
      }
    } catch (cause) {
      if (cause instanceof TooLateError) options.onSilence?.();
      const error = unavailable("The database does not answer.", cause);
      for (const caller of batch.values().flatMap(({ callers }) => callers)) caller.reject(error);
    } finally {
      batchesInFlight -= 1;
      schedule();
    }
  }

  return {
    find(keyId) {
      return new Promise((resolve, reject) => {
        if (waitingCalls >= waitingCallsMax) return reject(unavailable("Too many calls wait."));
        waitingCalls += 1;
        const known = waiting.get(keyId);
        if (known) known.callers.push({ resolve, reject });
        else waiting.set(keyId, { sinceMs: performance.now(), callers: [{ resolve, reject }] });
        schedule();
      });
    },
  };
}

function unavailable(message: string, cause?: unknown): DomainError {
  return new DomainError("unavailable", message, { cause, retryAfterSeconds: 5 });
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
 * In place of an unknown key the oldest one is read and thrown away: with less work the time of the
 * answer would tell which key ids exist.
 */
async function readKeys(client: Sql, keyIds: string[]): Promise<Map<string, StoredKey>> {
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
