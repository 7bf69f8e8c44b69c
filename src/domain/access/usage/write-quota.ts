/**
 * How much a key may store in a day, together with the keys that it replaced by rotation, on all servers together and by
 * PostgreSQL's clock.
 */
import type { Database } from "../../../db/client.ts";
import { runPrepared } from "../../../db/run-sql.ts";
import { DomainError } from "../../../lib/errors.ts";
import { firstKey } from "../keys/first-key.ts";

/** Some bytes that a key wants to store. */
export interface KeyWrite {
  readonly apiKeyId: number;
  readonly bytes: number;
  /** For a day, which begins at midnight UTC; 0 is no limit. */
  readonly bytesPerDay: number;
}

/**
 * Refuses bytes that exceed what a key may still store today: call it before they are written. Throws `too_many` with
 * the seconds until the next day; then the transaction must end.
 */
export async function requireRoom(tx: Database, { apiKeyId, bytes, bytesPerDay }: KeyWrite): Promise<void> {
  if (bytesPerDay === 0) return;
  const [left] = await runPrepared<{ bytes: string; seconds: number }>(
    tx,
    `select greatest(0, $2::bigint - coalesce(sum(bytes), 0)) as bytes,
       ceil(extract(epoch from ${today} + 1 - statement_timestamp() at time zone 'UTC'))::int as seconds
     from key_writes where api_key_id = ${firstKey} and day = ${today}`,
    [apiKeyId, bytesPerDay],
  );
  if (left === undefined || bytes <= Number(left.bytes)) return;
  throw new DomainError(
    "too_many",
    `This would store ${bytes} bytes. Until midnight UTC, this key may store ${left.bytes} more (${bytesPerDay} a day).`,
    { retryAfterSeconds: Math.max(1, left.seconds) },
  );
}

/**
 * Counts bytes that a key has stored. Throws as `requireRoom` does when others were stored meanwhile. Call it last in
 * the transaction: until it ends, other writes of the key wait here.
 */
export async function countKeyWrite(tx: Database, write: KeyWrite): Promise<void> {
  const { apiKeyId, bytes, bytesPerDay } = write;
  if (bytesPerDay === 0) return;
  const counted = await runPrepared(
    tx,
    `insert into key_writes as written (api_key_id, day, bytes)
     select ${firstKey}, ${today}, $2 where $2::bigint <= $3::bigint
     on conflict (api_key_id) do update set day = excluded.day, bytes = ${bytesAfter}
     where ${bytesAfter} <= $3::bigint
     returning 1`,
    [apiKeyId, bytes, bytesPerDay],
  );
  if (counted.length > 0) return;
  await requireRoom(tx, write);
  // Midnight has just passed.
  await countKeyWrite(tx, write);
}

const today = "(statement_timestamp() at time zone 'UTC')::date";
const bytesAfter = "excluded.bytes + case when written.day = excluded.day then written.bytes else 0 end";
