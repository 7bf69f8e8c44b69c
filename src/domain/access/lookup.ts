/**
 * Reads keys for authentication, always after the request has arrived: one query for all calls that are
 * waiting, nothing cached. Calls that arrive meanwhile form the next batch.
 */
import { DomainError } from "../../lib/errors.ts";
import { TooLateError, withinMs } from "../../lib/limits/deadline.ts";
import type { KeyReader, StoredKey } from "./stored-keys.ts";

/** Looks keys up. */
export interface KeyLookup {
  /** The key as it is in the database now. Throws `unavailable` when the database does not answer in time. */
  find(keyId: string): Promise<StoredKey | undefined>;
}

/** The calls that one query answers. */
interface Batch {
  readonly sinceMs: number;
  readonly keyIds: Set<string>;
  calls: number;
  readonly answer: PromiseWithResolvers<ReadonlyMap<string, StoredKey>>;
}

/** Few and large: a batch costs the same for sixty calls as for one. */
const batchesInFlightMax = 2;
const keysPerBatchMax = 500;
const waitingCallsMax = 10_000;
/** Including the wait for a batch: the API promises 503 within five seconds. */
const patienceMs = 4_000;
const patienceOfBatchMinMs = 50;

/** Options, all with defaults. */
interface KeyLookupOptions {
  /** Called when a batch was not answered in time: its connection should be abandoned. */
  readonly onSilence?: () => void;
  /** Called with the number of keys of every query. */
  readonly onBatch?: (keys: number) => void;
  readonly patienceMs?: number;
}

/**
 * Makes a look-up. Its reader should have its own pool, so that long lists never delay a check, with more
 * connections than batches in flight, so that one that hangs blocks nobody.
 */
export function createKeyLookup(readKeys: KeyReader, options: KeyLookupOptions = {}): KeyLookup {
  /** In the order of the queries; all but the last are full. */
  const waiting: Batch[] = [];
  let waitingCalls = 0;
  let batchesInFlight = 0;
  let isScheduled = false;

  function schedule(): void {
    if (isScheduled || waiting.length === 0 || batchesInFlight >= batchesInFlightMax) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      const batch = waiting.shift();
      if (batch !== undefined) void run(batch);
      schedule();
    });
  }

  async function run({ keyIds, calls, sinceMs, answer }: Batch): Promise<void> {
    const leftMs = (options.patienceMs ?? patienceMs) - (performance.now() - sinceMs);
    waitingCalls -= calls;
    batchesInFlight += 1;
    try {
      options.onBatch?.(keyIds.size);
      const found = readKeys([...keyIds]);
      answer.resolve(await withinMs(found, Math.max(leftMs, patienceOfBatchMinMs)));
    } catch (cause) {
      answer.reject(unavailable("The database is not responding.", cause));
      if (cause instanceof TooLateError) options.onSilence?.();
    } finally {
      batchesInFlight -= 1;
      schedule();
    }
  }

  function openBatch(): Batch {
    const last = waiting.at(-1);
    if (last !== undefined && last.keyIds.size < keysPerBatchMax) return last;
    const batch = {
      sinceMs: performance.now(),
      keyIds: new Set<string>(),
      calls: 0,
      answer: Promise.withResolvers<ReadonlyMap<string, StoredKey>>(),
    };
    waiting.push(batch);
    return batch;
  }

  return {
    async find(keyId) {
      if (waitingCalls >= waitingCallsMax) throw unavailable("Too many calls are waiting.");
      const batch = openBatch();
      batch.keyIds.add(keyId);
      batch.calls += 1;
      waitingCalls += 1;
      schedule();
      return (await batch.answer.promise).get(keyId);
    },
  };
}

function unavailable(message: string, cause?: unknown): DomainError {
  return new DomainError("unavailable", message, { cause, retryAfterSeconds: 5 });
}
