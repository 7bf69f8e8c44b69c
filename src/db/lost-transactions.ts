/**
 * Stops a transaction whose connection was lost. postgres.js would continue it: it would write the rollback,
 * and further statements, to a connection that is closed or belongs to others by then, which crashes the
 * process, or runs the statements outside of any transaction.
 */
import postgres, { type Sql, type TransactionSql } from "postgres";

/** The driver's `begin`, made safe. */
export function beginSafely<T>(client: Sql, work: (tx: TransactionSql) => Promise<T>): Promise<unknown> {
  let isLost = false;
  const guard = (tx: TransactionSql): TransactionSql =>
    new Proxy(tx, {
      apply(target, self, args) {
        refuseIfLost();
        return Reflect.apply(target, self, args);
      },
      get(target, name) {
        refuseIfLost();
        return Reflect.get(target, name);
      },
    });
  function refuseIfLost(): void {
    if (isLost) throw new LostConnectionError("The connection of this transaction was lost.");
  }
  const transaction = client.begin((tx) =>
    work(guard(tx)).catch((error: unknown) => {
      if (!isLost && !isLoss(error)) throw error;
      isLost = true;
      // Never settles: the driver itself reports that the transaction failed.
      return new Promise<never>(() => {});
    }),
  );
  return transaction.catch((error: unknown) => {
    isLost ||= isLoss(error);
    throw error;
  });
}

/** Says so to whoever goes on with such a transaction; `isDatabaseUnavailable` knows the code. */
class LostConnectionError extends Error {
  readonly code = "CONNECTION_CLOSED";
}

/** PostgreSQL did not answer, or closed the connection. */
function isLoss(error: unknown): boolean {
  if (error instanceof postgres.PostgresError) return /^(FATAL|PANIC)$/.test(error.severity);
  if (!(error instanceof Error)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return /^(CONNECTION_|CONNECT_|E[A-Z]+$)/.test(code) || isLoss(error.cause);
}
