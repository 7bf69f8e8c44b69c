/** A sync from a real CiviKey, killed at random moments with SIGKILL; what both sides hold in the end. */
import type { PagePosition } from "../../src/domain/applications/page-tokens.ts";
import { startTestApp, type TestApp } from "./app.ts";
import { buildProgram } from "./built-programs.ts";
import { runCommand } from "./command.ts";
import { urlOf } from "./database.ts";
import { applicationRecord, importRecords, makeLocalKey, makeProgram } from "./factories.ts";
import { listPage } from "./listing.ts";
import { startServerInProcess } from "./server-in-process.ts";
import { serverEnvironment } from "./server-process.ts";

/** How it went. */
export interface KilledSync {
  /** How many applications were here at each kill. */
  readonly killedAt: readonly number[];
  /** What the run after the last kill answered. */
  readonly answer: Record<string, unknown>;
  /** What a full check afterwards answered. */
  readonly check: Record<string, unknown>;
  /** Seconds from the first start to the end of the last run, kills and all. */
  readonly seconds: number;
  /** Records of the source that are not the same here, or not here. */
  readonly different: number;
  /** Applications here and there. */
  readonly counts: readonly [here: number, there: number];
  /** Audit events about it. */
  readonly events: readonly Record<string, unknown>[];
}

const slug = "snow-removal";

/**
 * Syncs so many applications and kills the sync so many times. Leases of the dead run out by themselves,
 * unless `skipsLeases` lets that time pass at once.
 */
export async function syncUnderKills(options: {
  applications: number;
  kills: number;
  pageSize: number;
  skipsLeases: boolean;
}): Promise<KilledSync> {
  const [there, here] = await Promise.all([startTestApp(), startTestApp()]);
  await Promise.all([makeProgram(there), makeProgram(here)]);
  await fill(there, options.applications);
  const { token } = await makeLocalKey(there);
  const server = await startServerInProcess(urlOf(there.database.target), {
    CIVIFORM_API_APPLICATIONS_LIST_MAX_PAGE_SIZE: String(options.pageSize),
  });
  const servedPages = () => server.output().split('"msg":"request"').length - 1;
  const args = ["applications", "sync", "--from", server.url, "--program", slug, "--json"];
  const env = { CIVIFORM_SYNC_TOKEN: token };
  const finish = async (...more: string[]) => {
    const { exitCode, stderr, json } = await runCommand(here.database, [...args, ...more], { env });
    if (exitCode !== 0) throw new Error(`the sync failed: ${stderr}`);
    return json() as Record<string, unknown>;
  };
  const startedMs = performance.now();
  const killedAt: number[] = [];
  while (killedAt.length < options.kills) {
    const child = Bun.spawn([process.execPath, await buildProgram("cli"), ...args], {
      ...{ stdout: "ignore", stderr: "ignore" },
      env: serverEnvironment(urlOf(here.database.target), env),
    });
    // Spread over the whole walk, and anywhere within a page's work. Each run asks again for the page of the last kill.
    const pages = options.applications / options.pageSize;
    const goal = killedAt.length + (pages * (killedAt.length + Math.random())) / (options.kills + 1);
    while (child.exitCode === null && servedPages() < goal) await Bun.sleep(5);
    await Bun.sleep(Math.random() * 40);
    child.kill("SIGKILL");
    await child.exited;
    if (child.signalCode !== "SIGKILL") throw new Error("the sync was done before it was killed");
    killedAt.push(await countHere(here));
    if (options.skipsLeases) {
      await here.database.client`update application_syncs set lease_until = now()`;
    }
  }
  const answer = await finish();
  const seconds = (performance.now() - startedMs) / 1000;
  const check = await finish("--full");
  const compared = await compare(here, there);
  const events = await here.database.client<{ details: Record<string, unknown> }[]>`
    select details from audit_events where action = 'applications.synced' order by id`;
  await server.stop();
  await Promise.all([here.close(), there.close()]);
  const details = events.map((event) => event.details);
  return { killedAt, answer, check, seconds, ...compared, events: details };
}

/** Records unlike each other: numbers beyond 2^53, microseconds, obsolete ones, gaps between the ids. */
async function fill(app: TestApp, count: number): Promise<void> {
  const batch = 5_000;
  for (let first = 0; first < count; first += batch) {
    const numbers = Array.from({ length: Math.min(batch, count - first) }, (_, at) => first + at);
    await importRecords(
      app,
      numbers.map((number) =>
        applicationRecord(number * 3 + 1, {
          submit_time: new Date(Date.UTC(2024, 0, 1) + ((number * 7919) % count) * 61_001).toISOString(),
          create_time: `2023-12-31T10:00:00.${String(number % 1_000_000).padStart(6, "0")}Z`,
          revision_state: number % 5 === 0 ? "OBSOLETE" : "CURRENT",
          status: number % 3 === 0 ? `Zustand „${number}“ ☃` : null,
          application: {
            applicant_name: { question_type: "TEXT", text: `Taylor "${number}" \n\u00e9 😀` },
            [`question_${number % 7}`]: { question_type: "ODD", odd: [number, null, { deep: [] }] },
          },
        }),
      ),
    );
  }
}

async function countHere({ database }: TestApp): Promise<number> {
  const [row] = await database.client`select count(*)::int as count from applications`;
  return row?.count ?? 0;
}

/** Record by record, as the API serves them. */
async function compare(here: TestApp, there: TestApp) {
  const counts: [number, number] = [0, 0];
  let different = 0;
  let last: PagePosition | null = null;
  for (;;) {
    const [ours, theirs] = await Promise.all(
      [here, there].map(({ database }) => listPage(database.db, slug, { last })),
    );
    if (ours === undefined || theirs === undefined) throw new Error("no pages to compare");
    counts[0] += ours.applications.length;
    counts[1] += theirs.applications.length;
    const known = new Set(ours.applications);
    different += theirs.applications.filter((text) => !known.has(text)).length;
    if (ours.last === null && theirs.last === null) return { counts, different };
    if (ours.last?.applicationId !== theirs.last?.applicationId) return { counts, different: different + 1 };
    last = ours.last;
  }
}
