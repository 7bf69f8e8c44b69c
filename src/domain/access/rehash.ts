/** Rehashes secrets under the current salt, each at its key's next successful call. */
import type { Sql } from "postgres";
import type { Secret } from "../../lib/secrets/secret.ts";
import { hashSecret, type SaltRing } from "./credentials.ts";
import type { StoredKey } from "./stored-keys.ts";

/** Moves keys in the background. */
export type Rehasher = ReturnType<typeof createRehasher>;

type MovedKey = Pick<StoredKey, "id" | "secretHash" | "saltId">;

/** Other keys wait for their next call: rehashing many at once must not hold up the pool's other work. */
const underWayMax = 4;

/** Makes a rehasher. `report` is called when a write fails: the key then keeps its salt, which still verifies. */
export function createRehasher(options: { client: Sql; salts: SaltRing; report: (error: unknown) => void }) {
  const { client, salts, report } = options;
  const underWay = new Map<number, Promise<void>>();

  /** Writes nothing if the key's hash has changed meanwhile. */
  async function write({ id, secretHash, saltId }: MovedKey, secret: Secret): Promise<void> {
    try {
      const moved = hashSecret(secret, salts.current);
      await client`
        update api_keys set secret_hash = ${moved}, salt_id = ${salts.current.id}
        where id = ${id} and salt_id = ${saltId} and secret_hash = ${secretHash}`;
    } catch (error) {
      report(error);
    } finally {
      underWay.delete(id);
    }
  }

  return {
    /** Takes a secret that has been verified. Never delays or fails the call. */
    move(key: MovedKey, secret: Secret): void {
      if (key.saltId === salts.current.id) return;
      if (underWay.has(key.id) || underWay.size >= underWayMax) return;
      underWay.set(key.id, write(key, secret));
    },
    /** Waits for the running writes. */
    async close(): Promise<void> {
      await Promise.all(underWay.values());
    },
  };
}
