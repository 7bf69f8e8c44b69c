/** `programs import | list | publish | keep`. */
import type { Database } from "../db/client.ts";
import { decodeProgramExport, exportBytesMax } from "../domain/programs/civiform-export.ts";
import { getProgramBySlug, listPrograms, type Program } from "../domain/programs/find.ts";
import { type ImportedProgram, importProgram } from "../domain/programs/import.ts";
import { countExpired, readKeepDays, setKeepDays } from "../domain/programs/keeping.ts";
import { findNewQuestions, type NewQuestions } from "../domain/programs/new-questions.ts";
import { publishProgram } from "../domain/programs/publish.ts";
import { listNames } from "../lib/listed.ts";
import {
  type Command,
  type CommandArguments,
  type CommandContext,
  type CommandOptions,
  firstArgument,
  getFile,
  UsageError,
} from "./command.ts";
import { formatTable } from "./table.ts";

/** Commands about programs. */
export const programCommands: readonly Command[] = [
  {
    name: "programs import <file>",
    summary: "import a program exported from CiviForm, as a draft",
    example: "programs import export.json --publish",
    answer:
      '{"slug","version","stage","questions","changed","published","newQuestions":{"keys","seenBy":[{"keyId","name"}],"hiddenFrom"}}',
    options: [["--publish", "publish it immediately"]],
    async run({ connection, actor, now }, args, options) {
      const text = await readExport(firstArgument(args));
      const publish = options.publish === true;
      const imported = await importProgram(connection.db, { text, publish, actor, now });
      const news = imported.published ? await findNews(connection.db, imported, now) : null;
      return { json: { ...imported, newQuestions: news }, text: `${describeImport(imported)}${describeNews(news)}` };
    },
  },
  {
    name: "programs list",
    summary: "list programs by slug",
    example: "programs list",
    answer: '[{"id","slug","adminName","name","programType","activeVersionId","draftVersionId","keepDays"}]',
    async run({ connection }) {
      const programs = await listPrograms(connection.db);
      return { json: programs, text: describePrograms(programs) };
    },
  },
  {
    name: "programs publish <slug>",
    summary: "publish a program's draft",
    example: "programs publish utility-discount",
    answer: '{"slug","version","newQuestions":{"keys","seenBy":[{"keyId","name"}],"hiddenFrom"}}',
    async run({ connection, actor, now }, args) {
      const slug = firstArgument(args);
      const published = await publishProgram(connection.db, { slug, actor, now });
      const news = await findNews(connection.db, published, now);
      return {
        json: { ...published, newQuestions: news },
        text: `Published ${slug}: version ${published.version} is active.${describeNews(news)}`,
      };
    },
  },
  {
    name: "programs keep <slug>",
    summary: "say for how many days applications are kept after their submission; the server erases older ones",
    example: "programs keep utility-discount --days 730 --dry-run",
    answer: '{"slug","keepDays","expired","dryRun"}',
    options: [
      ["--days <n>", "erase applications that many days after they were submitted"],
      ["--forever", "erase none because of their age"],
      ["--dry-run", "only say how many would be erased"],
    ],
    run: keep,
  },
];

async function keep(
  { connection: { db }, actor, now, zone }: CommandContext,
  args: CommandArguments,
  options: CommandOptions,
) {
  if ((options.days === undefined) === (options.forever !== true)) throw new UsageError("Use --days or --forever.");
  const slug = firstArgument(args);
  const isDry = options.dryRun === true;
  const keepDays = options.days === undefined ? null : readKeepDays(String(options.days));
  const program = isDry ? await getProgramBySlug(db, slug) : await setKeepDays(db, { slug, keepDays, actor, now });
  const expired = keepDays === null ? { count: 0 } : await countExpired(db, { programId: program.id, keepDays, zone });
  const applications = `${expired.count} ${expired.count === 1 ? "application" : "applications"}`;
  const period = keepDays === null ? "until somebody erases them" : `for ${keepDays} days after submission`;
  const text = isDry
    ? `This would erase ${applications} of ${slug}.`
    : `Applications of ${slug} are kept ${period}. The next run erases ${applications}.`;
  return { json: { slug, keepDays, expired: expired.count, dryRun: isDry }, text };
}

/** Reads one byte more than allowed: enough to see that a file is too big. */
async function readExport(path: string): Promise<string> {
  const file = await getFile(path);
  return decodeProgramExport(await file.slice(0, exportBytesMax + 1).bytes());
}

function describeImport({ slug, version, stage, questions, changed }: ImportedProgram): string {
  const state = `version ${version} is ${stage === "draft" ? "a draft" : "active"}`;
  return changed ? `Imported ${slug}: ${state}, with ${questions} questions.` : `Nothing changed in ${slug}: ${state}.`;
}

async function findNews(db: Database, { slug, version }: { slug: string; version: number }, now: Date) {
  const { id } = await getProgramBySlug(db, slug);
  return findNewQuestions(db, { programId: id, version, now });
}

/** Lines to follow another; none when there is no key to speak of. */
function describeNews(news: NewQuestions | null): string {
  if (news === null || news.seenBy.length + news.hiddenFrom.length === 0) return "";
  const list = (keys: NewQuestions["seenBy"]) =>
    listNames(
      keys.map(({ name }) => name),
      20,
    ) || "no key";
  return [
    `\nNew questions: ${listNames(news.keys, 20)}`,
    `Seen by: ${list(news.seenBy)}`,
    `Not seen by: ${list(news.hiddenFrom)}`,
  ].join("\n");
}

function describePrograms(programs: readonly Program[]): string {
  const rows = programs.map(({ slug, activeVersionId, draftVersionId, programType, name }) => [
    slug,
    String(activeVersionId ?? "-"),
    String(draftVersionId ?? "-"),
    programType,
    name,
  ]);
  const none = "No programs yet. Import one: bun run cli programs import FILE --publish";
  return formatTable(["SLUG", "ACTIVE", "DRAFT", "TYPE", "NAME"], rows, none);
}
