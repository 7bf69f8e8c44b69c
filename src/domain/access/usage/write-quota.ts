/** How much a key may have stored in a day, on all servers together and by PostgreSQL's clock. */
import type { Database } from "../../../db/client.ts";
import { runPrepared } from "../../../db/run-sql.ts";
import { DomainError } from "../../../lib/errors.ts";

/** Some bytes that a key wants stored. */
export interface KeyWrite {
  readonly apiKeyId: number;
  readonly bytes: number;
  /** For a day, which begins at midnight UTC; 0 is no limit. */
  readonly bytesPerDay: number;
}

/**
 * Counts bytes that a key stores. Throws `too_many`, with the seconds until the next day, when they exceed its quota:
 * then the transaction must end. Call it last in the transaction: until it ends, other writes of the key wait here.
 */
export async function countKeyWrite(tx: Database, write: KeyWrite): Promise<void> {
  const { apiKeyId, bytes, bytesPerDay } = write;
  if (bytesPerDay === 0) return;
  const counted = await runPrepared(
    tx,
    `insert into key_writes as written (api_key_id, day, bytes)
     select $1, ${today}, $2 where $2::bigint <= $3::bigint
     on conflict (api_key_id) do update set day = excluded.day, bytes = ${bytesAfter}
     where ${bytesAfter} <= $3::bigint
     returning 1`,
    [apiKeyId, bytes, bytesPerDay],
  );
  if (counted.length > 0) return;
  const [clock] = await runPrepared<{ seconds: number }>(
    tx,
    `select ceil(extract(epoch from ${today} + 1 - statement_timestamp() at time zone 'UTC'))::int as seconds`,
  );
  throw new DomainError(
    "too_many",
    `This key has stored ${bytesPerDay} bytes today, which is its limit. The next day begins at midnight UTC.`,
    { retryAfterSeconds: Math.max(1, clock?.seconds ?? 1) },
  );
}

const today = "(statement_timestamp() at time zone 'UTC')::date";
const bytesAfter = "excluded.bytes + case when written.day = excluded.day then written.bytes else 0 end";
