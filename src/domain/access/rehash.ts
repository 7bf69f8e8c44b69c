/** Moves keys to the current salt, each at its next good call (spec 2, "Secrets"). */
import type { Sql } from "postgres";
import type { Secret } from "../../lib/secrets/secret.ts";
import { hashSecret, type SaltRing } from "./credentials.ts";
import type { StoredKey } from "./stored-keys.ts";

/** Moves keys in the background. */
export interface Rehasher {
  /** Call it with a secret that was found right. Never delays or fails the call. */
  move(key: Pick<StoredKey, "id" | "secretHash" | "saltId">, secret: Secret): void;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

/** The rest waits for its next call: moving many keys must not hold up the pool's other work. */
const underWayMax = 4;

/** Makes a rehasher. `report` gets the errors of writing: the key keeps its salt, which still verifies. */
export function createRehasher(options: {
  client: Sql;
  salts: SaltRing;
  report: (error: unknown) => void;
}): Rehasher {
  const { client, salts, report } = options;
  const underWay = new Map<number, Promise<void>>();

  /** Whoever has changed the key's hash meanwhile is right: then there is nothing to write. */
  async function write(
    { id, secretHash, saltId }: Pick<StoredKey, "id" | "secretHash" | "saltId">,
    secret: Secret,
  ): Promise<void> {
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
    move(key, secret) {
      if (key.saltId === salts.current.id) return;
      if (underWay.has(key.id) || underWay.size >= underWayMax) return;
      underWay.set(key.id, write(key, secret));
    },
    async close() {
      await Promise.all(underWay.values());
    },
  };
}
