/** `applications sync | sync-status`. */
import { findSourceProblem, readOrigin } from "../config/addresses.ts";
import type { SyncSource } from "../domain/civiform/sync/client.ts";
import { type SyncInput, type SyncOutcome, syncApplications } from "../domain/civiform/sync/run.ts";
import { listSyncStates, type SyncState } from "../domain/civiform/sync/state.ts";
import { DomainError } from "../lib/errors.ts";
import { pauseMs } from "../lib/limits/deadline.ts";
import { Secret } from "../lib/secrets/secret.ts";
import { createExplainer, createProgress, describeCounts } from "./applications.ts";
import { type Command, type CommandContext, type CommandOptions, requireOption, UsageError } from "./command.ts";
import { formatTable, formatTime } from "./table.ts";

/** Commands about following a running CiviForm. */
export const applicationSyncCommands: readonly Command[] = [
  {
    name: "applications sync",
    summary: "pull applications from a running CiviForm or another CiviKey",
    example: "applications sync --from https://civiform.example.gov --program utility-discount",
    answer: '{"read","inserted","updated","unchanged","rejected","erased","program","from","full","resumed"}',
    options: [
      ["--from <url>", "the source's origin (default: CIVIFORM_SYNC_URL); its key is in CIVIFORM_SYNC_TOKEN"],
      ["--program <slug>", "the program, which must have the same slug at the source", { isRequired: true }],
      ["--full", "check every application again, not only recent ones"],
    ],
    run: sync,
  },
  {
    name: "applications sync-status",
    summary: "show how far each program is synced",
    example: "applications sync-status",
    answer:
      '[{"slug","source","state","startedAt","succeededAt","fullSucceededAt","failure","failedAt","waitUntil","isRequested","isFull","isWalking","counts":{"read","inserted","updated","unchanged","rejected","erased"},"lastRejection","pulledTotal","failureTotal"}]',
    async run({ connection, zone }) {
      const states = await listSyncStates(connection.db);
      return { json: states, text: describeStates(states, zone) };
    },
  },
];

async function sync(context: CommandContext, _args: unknown, options: CommandOptions) {
  const { config, connection, actor } = context;
  const slug = requireOption(options, "program");
  const source = chooseSource(config, options.from);
  const progress = createProgress(source.origin, context);
  const explain = createExplainer(context.printError);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    const outcome = await runOnce(connection.db, {
      ...{ source, slug, actor },
      full: options.full === true,
      due: null,
      fullBefore: null,
      now: () => new Date(),
      signal: stopping.signal,
      onProgress: progress.show,
      onReject: (message) => explain(message),
    });
    return answer(outcome, { source, slug });
  } finally {
    progress.end();
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

/**
 * The token is sent only to the origin in CIVIFORM_SYNC_URL. If that is not set, the operator decides
 * with `--from`.
 */
function chooseSource(config: CommandContext["config"], from: unknown): SyncSource {
  const configured = config.CIVIFORM_SYNC_URL;
  const given = from === undefined ? configured : String(from);
  if (given === undefined) throw new UsageError("Use --from, or set CIVIFORM_SYNC_URL.");
  const problem = findSourceProblem(given, { allowsHttp: config.CIVIFORM_SYNC_ALLOW_HTTP });
  const origin = readOrigin(given);
  if (problem !== undefined || origin === undefined) throw new UsageError(`--from ${problem}.`);
  if (configured !== undefined && readOrigin(configured) !== origin) {
    throw new UsageError("--from is not the origin in CIVIFORM_SYNC_URL, which CIVIFORM_SYNC_TOKEN belongs to.");
  }
  const token = config.CIVIFORM_SYNC_TOKEN;
  if (token === undefined) {
    throw new UsageError(
      "Set CIVIFORM_SYNC_TOKEN (or CIVIFORM_SYNC_TOKEN_FILE) to the API secret token of a key with READ.",
    );
  }
  return { origin, token: new Secret(token) };
}

/** Runs one sync. A killed process holds its lease for a moment longer; a living one renews it. */
async function runOnce(db: CommandContext["connection"]["db"], input: SyncInput): Promise<SyncOutcome> {
  let leaseEnd: number | undefined;
  for (;;) {
    const outcome = await syncApplications(db, input);
    if (outcome.kind !== "idle") return outcome;
    const end = outcome.leaseUntil?.getTime();
    if (leaseEnd !== undefined && end !== leaseEnd) return outcome;
    leaseEnd = end;
    await pauseMs(500, input.signal).catch(() => {});
    if (input.signal.aborted) return { kind: "stopped" };
  }
}

function answer(outcome: SyncOutcome, { source, slug }: { source: SyncSource; slug: string }) {
  switch (outcome.kind) {
    case "done": {
      const { counts, isFull, isResumed } = outcome.walk;
      const { origin } = source;
      return {
        json: { ...counts, program: slug, from: origin, full: isFull, resumed: isResumed },
        text: describeCounts(counts),
      };
    }
    case "failed":
      throw new DomainError("unavailable", outcome.failure.message);
    case "stopped":
      throw new DomainError("conflict", "Stopped. The next sync will continue from here.");
    case "idle":
      throw new DomainError("conflict", `Another sync of ${slug} is already running.`);
  }
}

function describeStates(states: readonly SyncState[], zone: string): string {
  const rows = states.map(({ slug, state, succeededAt, source, counts }) => [
    slug,
    state,
    succeededAt === null ? "never" : formatTime(succeededAt, zone),
    String(counts.read),
    String(counts.rejected),
    source,
  ]);
  const headings = ["SLUG", "STATE", "LAST COMPLETE", "READ", "REJECTED", "SOURCE"];
  const notes = states.flatMap(({ slug, failure, lastRejection }) => [
    ...(failure === null ? [] : [`${slug}: ${failure}`]),
    ...(lastRejection === null ? [] : [`${slug}, rejected: ${lastRejection}`]),
  ]);
  return [formatTable(headings, rows, "No programs are synced."), ...notes].join("\n");
}
