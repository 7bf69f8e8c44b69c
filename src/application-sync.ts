/** What is pulled from where, as the configuration says; and the server's part in pulling it again and again. */
import type { Config } from "./config.ts";
import type { Database } from "./db/client.ts";
import { type SyncOutcome, syncApplications } from "./domain/application-sync.ts";
import { readSourceOrigin, type SyncSource } from "./domain/application-sync-source.ts";
import { Secret } from "./domain/secret.ts";
import type { Checked, Log } from "./log.ts";

/** Which programs a server keeps up to date with a source. */
export interface SyncPlan {
  readonly source: SyncSource;
  /** Slugs, the same here and there. */
  readonly programs: readonly ConfiguredSlug[];
  readonly everyMinutes: number;
  /** 0 for never. */
  readonly fullEveryHours: number;
}

/** The plan of a configuration, or undefined when it names no programs. */
export function readSyncPlan(config: Config): SyncPlan | undefined {
  const origin = readSourceOrigin(config.CIVIFORM_SYNC_URL ?? "");
  const token = config.CIVIFORM_SYNC_TOKEN;
  const programs = config.CIVIFORM_SYNC_PROGRAMS;
  if (origin === undefined || token === undefined || programs.length === 0) return undefined;
  return {
    source: { origin, token: new Secret(token) },
    programs: programs.map((slug) => slug as ConfiguredSlug),
    everyMinutes: config.CIVIFORM_SYNC_MINUTES,
    fullEveryHours: config.CIVIFORM_SYNC_FULL_HOURS,
  };
}

/** A slug that the operator wrote into the configuration. */
export type ConfiguredSlug = Checked<"configured slug">;

/** Something that makes the runs that are due. */
export interface SyncSchedule {
  /** Looks now, program after program; who calls meanwhile gets the same look. */
  run(): Promise<void>;
  /** Lets the page that is being written be written, and stops. */
  close(): Promise<void>;
}

const lookEveryMs = 20_000;
const closeWithinMs = 15_000;
const minuteMs = 60_000;
const actor = { name: "sync", address: null };

/** Writes down what runs came to. What a source says of itself or of its records is not in it. */
export function logSync(log: Log, slug: ConfiguredSlug, outcome: SyncOutcome): void {
  if (outcome.kind === "done") {
    const { counts, isFull } = outcome.walk;
    log.info({ sync: { program: slug, isFull, ...counts } }, "applications synced");
  } else if (outcome.kind === "failed") {
    const { code } = outcome.failure;
    log.error({ sync: { program: slug }, reason: code }, "applications could not be synced");
  }
}

/** Starts to look for runs that are due, now and every 20 seconds; without a plan nothing is ever looked for. */
export function scheduleSyncs(options: {
  db: Database;
  plan: SyncPlan | undefined;
  now: () => Date;
  /** Hears of every look at a program. */
  report: (slug: ConfiguredSlug, outcome: SyncOutcome) => void;
  /** Hears why a program could not be looked at: once, as long as it stays the same. */
  reportFailure: (slug: ConfiguredSlug, error: unknown) => void;
}): SyncSchedule {
  const { db, plan, now, report, reportFailure } = options;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  const lastProblems = new Map<string, string>();

  async function look({ programs, source, everyMinutes, fullEveryHours }: SyncPlan) {
    for (const slug of programs) {
      if (stopping.signal.aborted) return;
      const before = (minutes: number) => new Date(now().getTime() - minutes * minuteMs);
      try {
        const outcome = await syncApplications(db, {
          ...{ source, slug, actor, now, full: false, signal: stopping.signal },
          due: { startedBefore: before(everyMinutes), now: now() },
          fullBefore: fullEveryHours === 0 ? null : before(fullEveryHours * 60),
        });
        lastProblems.delete(slug);
        report(slug, outcome);
      } catch (error) {
        const problem = String(error);
        if (lastProblems.get(slug) !== problem) reportFailure(slug, error);
        lastProblems.set(slug, problem);
      }
    }
  }

  function run(): Promise<void> {
    if (plan === undefined || stopping.signal.aborted) return running ?? Promise.resolve();
    running ??= look(plan).finally(() => {
      running = undefined;
    });
    return running;
  }

  const timer = setInterval(() => void run(), lookEveryMs);
  timer.unref();
  void run();
  return {
    run,
    async close() {
      stopping.abort();
      clearInterval(timer);
      let giveUp: Timer | undefined;
      const tooLong = new Promise<void>((resolve) => {
        giveUp = setTimeout(resolve, closeWithinMs);
      });
      await Promise.race([running, tooLong]);
      clearTimeout(giveUp);
    },
  };
}
