/** `/livez` and `/readyz`, for whatever watches the process. */
import { Elysia } from "elysia";
import type { SchemaStatus } from "../db/migrate.ts";
import { withinMs } from "../lib/limits/deadline.ts";

const readyWithinMs = 1_000;

/** What these routes need. */
export interface OperationsDeps {
  readonly readSchemaStatus: () => Promise<SchemaStatus>;
  /** Whether the clock of this machine agrees with PostgreSQL's. */
  readonly isClockRight: () => Promise<boolean>;
  /** Tells whether the database accepts changes. */
  readonly isWritable: () => Promise<boolean>;
  /** Whether the times of all applications are in the configured zone. */
  readonly areApplicationsRendered: () => Promise<boolean>;
  /** Whether the process is about to stop: a load balancer should send its calls elsewhere. */
  readonly isStopping: () => boolean;
}

/**
 * Liveness: the process runs. Readiness: the database answers within a second, its schema is current, every
 * application is in the configured time zone, its clock agrees with the server's, and it accepts changes. An instance that can neither count calls nor
 * retire keys should get no traffic.
 */
export function operations(deps: OperationsDeps) {
  return new Elysia({ name: "operations" })
    .get("/livez", () => Response.json({ status: "ok" }))
    .get("/readyz", async () => {
      const failing = await findFailingCheck(deps);
      if (failing === undefined) return Response.json({ status: "ok" });
      return Response.json({ status: "failing", check: failing }, { status: 503 });
    });
}

/** The checks of `/readyz`. */
export type ReadyCheck = "stopping" | "database" | "schema" | "applications" | "clock" | "writes";

/** The check of `/readyz` that fails, if any. Never throws, and settles within a second. */
export async function findFailingCheck(deps: OperationsDeps): Promise<ReadyCheck | undefined> {
  try {
    return await withinMs(findFailing(deps), readyWithinMs);
  } catch {
    // Whatever the reason, the database did not answer, and the caller asked about nothing else.
    return "database";
  }
}

async function findFailing(deps: OperationsDeps): Promise<ReadyCheck | undefined> {
  if (deps.isStopping()) return "stopping";
  const status = await deps.readSchemaStatus();
  if (status.state !== "current") return "schema";
  if (!(await deps.areApplicationsRendered())) return "applications";
  if (!(await deps.isClockRight())) return "clock";
  return (await deps.isWritable()) ? undefined : "writes";
}
