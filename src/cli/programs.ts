/** `programs import | list | publish`. */
import { decodeProgramExport, exportBytesMax } from "../domain/programs/civiform-export.ts";
import { listPrograms, type Program } from "../domain/programs/find.ts";
import { type ImportedProgram, importProgram } from "../domain/programs/import.ts";
import { publishProgram } from "../domain/programs/publish.ts";
import { DomainError } from "../lib/errors.ts";
import { type Command, firstArgument } from "./command.ts";
import { formatTable } from "./table.ts";

/** Commands about programs. */
export const programCommands: readonly Command[] = [
  {
    name: "programs import <file>",
    summary: "import a program exported from CiviForm, as a draft",
    example: "programs import export.json --publish",
    answer: '{"slug","version","stage","questions","changed"}',
    options: [["--publish", "publish it immediately"]],
    async run({ connection, actor, now }, args, options) {
      const text = await readExport(firstArgument(args));
      const publish = options.publish === true;
      const imported = await importProgram(connection.db, { text, publish, actor, now });
      return { json: imported, text: describeImport(imported) };
    },
  },
  {
    name: "programs list",
    summary: "list programs by slug",
    example: "programs list",
    answer: '[{"id","slug","adminName","name","programType","activeVersionId","draftVersionId"}]',
    options: [],
    async run({ connection }) {
      const programs = await listPrograms(connection.db);
      return { json: programs, text: describePrograms(programs) };
    },
  },
  {
    name: "programs publish <slug>",
    summary: "publish a program's draft",
    example: "programs publish utility-discount",
    answer: '{"slug","version"}',
    options: [],
    async run({ connection, actor, now }, args) {
      const slug = firstArgument(args);
      const published = await publishProgram(connection.db, { slug, actor, now });
      return {
        json: published,
        text: `Published ${slug}: version ${published.version} is active.`,
      };
    },
  },
];

/** Reads one byte more than allowed: enough to see that a file is too big. */
async function readExport(path: string): Promise<string> {
  const file = Bun.file(path);
  if (!(await file.exists())) throw new DomainError("not_found", `File not found: ${path}`);
  return decodeProgramExport(await file.slice(0, exportBytesMax + 1).bytes());
}

function describeImport({ slug, version, stage, questions, changed }: ImportedProgram): string {
  const state = `version ${version} is ${stage === "draft" ? "a draft" : "active"}`;
  return changed ? `Imported ${slug}: ${state}, with ${questions} questions.` : `Nothing changed in ${slug}: ${state}.`;
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
