/**
 * Reads keys for authentication: after the request arrived, one query for all that wait at the same
 * moment, nothing kept (spec 2, "Freshness"). The next batch opens with what has gathered meanwhile.
 */
import { TooLateError, withinMs } from "./deadline.ts";
import { DomainError } from "./errors.ts";
import type { KeyReader, StoredKey } from "./stored-keys.ts";

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

/** Few and large: a batch costs the same for one call as for sixty. */
const batchesInFlightMax = 2;
const keysPerBatchMax = 500;
const waitingCallsMax = 10_000;
/** From the question to the answer, waiting for a batch included: the API promises 503 within five seconds. */
const patienceMs = 4_000;
const patienceOfBatchMinMs = 50;

/** What may be different from the default. */
export interface KeyLookupOptions {
  /** Is told that a batch was not answered in time: what is stuck on those connections should be left behind. */
  readonly onSilence?: () => void;
  /** Hears of every query, and how many keys it asks for. */
  readonly onBatch?: (keys: number) => void;
  readonly patienceMs?: number;
}

/**
 * Makes a look-up. Its reader should have a pool of its own, so that long lists never make a call wait
 * for its check, and more connections than there are batches in flight: one that hangs takes nobody's place.
 */
export function createKeyLookup(readKeys: KeyReader, options: KeyLookupOptions = {}): KeyLookup {
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
    options.onBatch?.(batch.size);
    try {
      const answer = readKeys([...batch.keys()]);
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
