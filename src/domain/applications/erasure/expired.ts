/** Erases applications that were kept for as long as their program says. */
import type { Database } from "../../../db/client.ts";
import { runSql } from "../../../db/run-sql.ts";
import type { Permitted } from "../../access/people/roles.ts";
import { keptSince } from "../../programs/keeping.ts";
import { eraseWithin } from "./erase.ts";

/** Small transactions: nothing waits long for one, and a server that stops need not wait either. */
const batchMax = 5_000;

/**
 * Erases them by PostgreSQL's clock, some at a time, until nothing is left or it is told to stop. Of several servers one
 * works on a program at a time: the others pass it over. Reports how many of each program it has erased.
 */
export async function eraseExpired(
  db: Database,
  input: {
    zone: string;
    actor: Permitted<"erase applications">;
    now: () => Date;
    stopping: AbortSignal;
    report: (erased: { slug: string; count: number }) => void;
    /** Called when a program's could not be erased; the others are. */
    reportFailure: (error: unknown) => void;
  },
): Promise<void> {
  const programs = await runSql<{ id: string }>(db, "select id from programs where keep_days is not null order by id");
  for (const { id } of programs) {
    const erased = { slug: "", count: 0 };
    try {
      let batch = batchMax;
      while (batch === batchMax && !input.stopping.aborted) {
        const done = await db.transaction((tx) => eraseBatch(tx, { ...input, id }));
        batch = done?.count ?? 0;
        erased.slug = done?.slug ?? erased.slug;
        erased.count += batch;
      }
    } catch (error) {
      input.reportFailure(error);
    }
    if (erased.count > 0) input.report(erased);
  }
}

/** Undefined when another server works on the program, or it keeps its applications by now. */
async function eraseBatch(
  tx: Database,
  { id, zone, actor, now }: Parameters<typeof eraseExpired>[1] & { id: string },
): Promise<{ slug: string; count: number } | undefined> {
  const since = keptSince({ days: "keep_days", zone: "$2" });
  const [program] = await runSql<{ slug: string; keep_days: number; ms: string }>(
    tx,
    `select slug, keep_days, (extract(epoch from ${since}) * 1000)::bigint as ms from programs
     where id = $1 and keep_days is not null for no key update skip locked`,
    [id, zone],
  );
  if (program === undefined) return undefined;
  const { slug, keep_days: days } = program;
  const { erased } = await eraseWithin(tx, {
    program: { id: Number(id), slug },
    choice: { submittedBefore: new Date(Number(program.ms)) },
    reason: `Kept for ${days} ${days === 1 ? "day" : "days"} after submission`,
    ...{ actor, now: now(), limit: batchMax },
  });
  return { slug, count: erased };
}
