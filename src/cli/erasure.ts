/** `applications erase | erased`. */
import { isApplicationId } from "../domain/applications/application-id.ts";
import {
  countErasable,
  type ErasureChoice,
  eraseApplications,
  eraseWithin,
} from "../domain/applications/erasure/erase.ts";
import { listTombstones, type Tombstone } from "../domain/applications/erasure/list.ts";
import { readTombstones } from "../domain/applications/erasure/tombstone-file.ts";
import { getProgramBySlug } from "../domain/programs/find.ts";
import { startOfDay } from "../lib/time/times.ts";
import {
  type Command,
  type CommandContext,
  type CommandOptions,
  dayOption,
  getFile,
  listOption,
  requireOption,
  UsageError,
} from "./command.ts";
import { formatTable, formatTime } from "./table.ts";

const choices = ["application", "applicant", "submittedBefore", "file"] as const;

/** Commands about erasing applications. */
export const erasureCommands: readonly Command[] = [
  {
    name: "applications erase",
    summary: "erase applications permanently; no import, sync or retry brings them back",
    example: "applications erase --program utility-discount --applicant 8112 --reason 'Request 4711' --dry-run",
    answer: '{"erased","remembered","dryRun"}',
    options: [
      ["--program <slug>", "the program they were submitted to; with --file, for entries that don't name one"],
      ["--application <id...>", "applications by ID"],
      ["--applicant <id>", "all applications of an applicant"],
      ["--submitted-before <YYYY-MM-DD>", "all applications submitted before that day starts"],
      ["--file <path>", "what another database erased: the output of applications erased --json, or of the API"],
      ["--reason <text>", "why, for the audit log and the record of erasure"],
      ["--dry-run", "say how many there are, and erase nothing"],
    ],
    async run(context, _args, options) {
      const given = choices.filter((name) => options[name] !== undefined);
      if (given.length !== 1) {
        throw new UsageError("Use one of --application, --applicant, --submitted-before and --file.");
      }
      const isDry = options.dryRun === true;
      const done = given[0] === "file" ? await eraseFile(context, options) : await eraseChosen(context, options);
      const count = `${done.erased} ${done.erased === 1 ? "application" : "applications"}`;
      const others = done.remembered - done.erased;
      const remembered = others === 0 ? "" : `, and remembered ${others} that were not here`;
      const text = isDry ? `This would erase ${count}.` : `Erased ${count}${remembered}.`;
      return { json: { ...done, dryRun: isDry }, text };
    },
  },
  {
    name: "applications erased",
    summary: "list erased applications, to tell a restored database or another copy",
    example: "applications erased --since 2027-01-01",
    answer: '[{"program","applicationId","erasedAt","erasedBy","reason"}]',
    options: [
      ["--program <slug>", "only those of this program"],
      ["--since <YYYY-MM-DD>", "only those erased since that day started"],
    ],
    async run({ connection: { db }, zone }, _args, options) {
      const slug = options.program === undefined ? undefined : String(options.program);
      const programId = slug === undefined ? undefined : (await getProgramBySlug(db, slug)).id;
      const since = readStart(options, "since", zone);
      const erased = await listTombstones(db, { programId, since });
      return { json: erased, text: describeErased(erased, zone) };
    },
  },
];

interface Done {
  readonly erased: number;
  readonly remembered: number;
}

async function eraseChosen(context: CommandContext, options: CommandOptions): Promise<Done> {
  const { actor, now } = context;
  const { db } = context.connection;
  const choice = readChoice(options, context.zone);
  const program = await getProgramBySlug(db, requireOption(options, "program"));
  if (options.dryRun === true) return { erased: await countErasable(db, { program, choice }), remembered: 0 };
  return eraseApplications(db, { program, choice, reason: String(options.reason ?? ""), actor, now });
}

function readChoice(options: CommandOptions, zone: string): ErasureChoice {
  const submittedBefore = readStart(options, "submittedBefore", zone);
  if (submittedBefore !== undefined) return { submittedBefore };
  const requireId = (id: string) => {
    if (!isApplicationId(id)) throw new UsageError(`Not an ID: ${id}`);
    return id;
  };
  if (options.applicant !== undefined) return { applicantId: requireId(String(options.applicant)) };
  return { applicationIds: listOption(options, "application").map(requireId) };
}

function readStart(options: CommandOptions, name: string, zone: string): Date | undefined {
  const day = dayOption(options, name);
  return day === undefined ? undefined : startOfDay(day, zone);
}

/** The whole file, in one transaction. */
async function eraseFile({ connection: { db }, actor, now }: CommandContext, options: CommandOptions): Promise<Done> {
  const file = await getFile(String(options.file));
  const stones = readTombstones(await file.text(), {
    program: options.program === undefined ? undefined : String(options.program),
    reason: String(options.reason ?? ""),
    erasedBy: actor.name,
  });
  const groups = Map.groupBy(stones, ({ program, erasedBy, reason }) => JSON.stringify([program, erasedBy, reason]));
  const total = { erased: 0, remembered: 0 };
  await db.transaction(async (tx) => {
    for (const [stone, ...others] of groups.values()) {
      if (stone === undefined) continue;
      const program = await getProgramBySlug(tx, stone.program);
      const choice = { erasedElsewhere: [stone, ...others].map(({ applicationId }) => applicationId) };
      const done =
        options.dryRun === true
          ? { erased: await countErasable(tx, { program, choice }), remembered: 0 }
          : await eraseWithin(tx, { ...stone, program, choice, actor, now });
      total.erased += done.erased;
      total.remembered += done.remembered;
    }
  });
  return total;
}

function describeErased(erased: readonly Tombstone[], zone: string): string {
  const rows = erased.map(({ program, applicationId, erasedAt, erasedBy, reason }) => [
    ...[program, applicationId, formatTime(erasedAt, zone), erasedBy, reason ?? ""],
  ]);
  return formatTable(["PROGRAM", "APPLICATION", "ERASED", "BY", "REASON"], rows, "No applications were erased.");
}
