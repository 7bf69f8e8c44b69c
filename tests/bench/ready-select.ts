/**
 * The least that a page costs: `select` of 1,000 ready texts by the product's driver, joined, and thrown
 * away. It is a process of its own, as the server is.
 */
import type { Sql } from "postgres";
import { connect } from "../../src/db/client.ts";
import { doJobs, type JobProcess, openJobProcess } from "./job-process.ts";
import { fewestAnswers } from "./load-generator.ts";

/** What to do. */
export interface SelectJob {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** The length every page must have, in characters. */
  readonly length: number;
}

/** Waits for jobs; reports pages per second. */
export const openReadySelect = (): JobProcess<SelectJob, number> => openJobProcess(import.meta.path);

/** Pools stay open from one job to the next, as a server's do. */
const pools = new Map<string, Sql>();

async function selectPages({ url, connections, seconds, length }: SelectJob): Promise<number> {
  const name = `${connections} ${url}`;
  const sql = pools.get(name) ?? connect(url, { connectionsMax: connections }).client;
  pools.set(name, sql);
  let pages = 0;
  let lastPageMs = 0;
  const started = performance.now();
  const deadline = started + seconds * 1000;
  const readOn = async () => {
    for (;;) {
      const rows = await sql<{ body: string }[]>`
        select body from ready_texts order by application_id desc limit 1000`;
      const text = rows.map(({ body }) => body).join(",");
      if (text.length !== length) throw new Error(`${text.length} characters, not ${length}`);
      const now = performance.now();
      if (now > deadline && pages >= fewestAnswers({ connections })) return;
      pages += 1;
      lastPageMs = now;
    }
  };
  await Promise.all(Array.from({ length: connections }, readOn));
  return pages / ((lastPageMs - started) / 1000);
}

if (import.meta.main) doJobs(selectPages);
