/** `/livez` and `/readyz` (spec 6). */
import { Elysia } from "elysia";
import type { SchemaStatus } from "../db/migrate.ts";

const readyWithinMs = 1_000;

/** What these routes need. */
export interface OperationsDeps {
  readonly readSchemaStatus: () => Promise<SchemaStatus>;
}

/** Liveness: the process runs. Readiness: the database answers within a second and its schema is current. */
export function operations(deps: OperationsDeps) {
  return new Elysia({ name: "operations" })
    .get("/livez", () => Response.json({ status: "ok" }))
    .get("/readyz", async () => {
      const failing = await findFailingCheck(deps);
      if (failing === undefined) return Response.json({ status: "ok" });
      return Response.json({ status: "failing", check: failing }, { status: 503 });
    });
}

/** The check of `/readyz` that fails, if any. Never throws, and settles within a second. */
export async function findFailingCheck({
  readSchemaStatus,
}: OperationsDeps): Promise<"database" | "schema" | undefined> {
  let timer: Timer | undefined;
  const tooLate = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), readyWithinMs);
  });
  try {
    const status = await Promise.race([readSchemaStatus(), tooLate]);
    if (status === "late") return "database";
    return status.state === "current" ? undefined : "schema";
  } catch {
    // Whatever it is, it is the database that does not answer; that is what the caller asked.
    return "database";
  } finally {
    clearTimeout(timer);
  }
}
