/** `applications import`. */
import type { FileSink } from "bun";
import {
  type ApplicationImport,
  importApplications,
  type RejectedRecord,
} from "../domain/applications/imports/import.ts";
import { DomainError } from "../lib/errors.ts";
import { type Command, type CommandContext, getFile, requireOption, UsageError } from "./command.ts";

/** How many rejected records are explained one by one. */
const explainedMax = 20;

/** Commands about importing applications. */
export const applicationCommands: readonly Command[] = [
  {
    name: "applications import <files...>",
    summary: "import applications from CiviForm API responses or NDJSON; each file completely or not at all",
    example: "applications import applications.ndjson --program utility-discount",
    answer: '{"read","inserted","updated","unchanged","rejected","erased"}',
    options: [
      ["--program <slug>", "the program they were submitted to", { isRequired: true }],
      ["--skip-invalid", "skip bad records instead of stopping at the first"],
      ["--rejects <path>", "file for the skipped records (default: FILE.rejects.ndjson)"],
    ],
    async run(context, [files], options) {
      const slug = requireOption(options, "program");
      const skipInvalid = options.skipInvalid === true;
      if (options.rejects !== undefined && !skipInvalid) {
        throw new UsageError("--rejects needs --skip-invalid.");
      }
      const rejects = openRejects(options.rejects === undefined ? undefined : String(options.rejects), context);
      const total = { read: 0, inserted: 0, updated: 0, unchanged: 0, rejected: 0, erased: 0 };
      try {
        for (const path of Array.isArray(files) ? files : []) {
          const counts = await importFile(context, { path, slug, skipInvalid, rejects });
          for (const name of countNames) total[name] += counts[name];
        }
      } finally {
        await rejects.close();
      }
      return { json: total, text: describeCounts(total) };
    },
  },
];

const countNames = ["read", "inserted", "updated", "unchanged", "rejected", "erased"] as const;

async function importFile(
  context: CommandContext,
  input: { path: string; slug: string; skipInvalid: boolean; rejects: ReturnType<typeof openRejects> },
): Promise<ApplicationImport> {
  const { connection, actor, now } = context;
  const { path, slug, skipInvalid, rejects } = input;
  const file = await getFile(path);
  const progress = createProgress(path, context);
  try {
    return await importApplications(connection.db, {
      ...{ slug, skipInvalid, actor, now },
      source: file.stream(),
      name: path,
      onReject: (record) => rejects.add(record, path),
      onProgress: progress.show,
    });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw new DomainError(error.code, `${path}: ${error.message}`, { cause: error });
  } finally {
    progress.end();
  }
}

/** Writes rejected records to a file, unchanged and one a line, and explains the first ones on standard error. */
function openRejects(fixedPath: string | undefined, { printError }: Pick<CommandContext, "printError">) {
  const sinks = new Map<string, FileSink>();
  const explain = createExplainer(printError);
  return {
    async add({ message, bytes }: RejectedRecord, path: string): Promise<void> {
      const rejectsPath = fixedPath ?? `${path}.rejects.ndjson`;
      explain(`${path}: ${message}`, `The rest are in ${rejectsPath}.`);
      const sink = sinks.get(rejectsPath) ?? Bun.file(rejectsPath).writer();
      sinks.set(rejectsPath, sink);
      sink.write(onOneLine(bytes ?? new Uint8Array()));
      await sink.flush();
    },
    async close(): Promise<void> {
      for (const sink of sinks.values()) await sink.end();
    },
  };
}

/** Makes a function that explains the first rejected records on standard error, then says once where the rest are. */
export function createExplainer(printError: CommandContext["printError"]) {
  let count = 0;
  return (message: string, rest?: string): void => {
    count++;
    if (count <= explainedMax) printError(`${message}\n`);
    else if (count === explainedMax + 1 && rest !== undefined) printError(`${rest}\n`);
  };
}

/** Between JSON tokens a line break means the same as a space, and within a string there is none. */
function onOneLine(bytes: Uint8Array): Uint8Array {
  const line = new Uint8Array(bytes.length + 1);
  line.set(bytes.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte)));
  line[bytes.length] = 0x0a;
  return line;
}

/** Shows the number of records read on standard error, on one line, if that is a terminal. */
export function createProgress(
  path: string,
  { isTerminal, printError }: Pick<CommandContext, "isTerminal" | "printError">,
) {
  let shownAt = 0;
  return {
    show(read: number): void {
      if (!isTerminal || performance.now() - shownAt < 200) return;
      shownAt = performance.now();
      printError(`\r${path}: ${read.toLocaleString("en-US")} records read`);
    },
    end(): void {
      if (shownAt > 0) printError("\n");
    },
  };
}

/** The result of an import or a sync, in a sentence. */
export function describeCounts({ read, inserted, updated, unchanged, rejected, erased }: ApplicationImport): string {
  const counts = `${inserted} new, ${updated} updated, ${unchanged} unchanged, ${rejected} rejected`;
  const leftOut = erased === 0 ? "" : `, ${erased} left out because they were erased here`;
  return `Read ${read} applications: ${counts}${leftOut}.`;
}
