/** `keys import-civiform`. */
import { createSaltRing, type Salt } from "../../domain/access/credentials.ts";
import { type CiviFormKeyImport, importCiviFormKeys } from "../../domain/civiform/keys/import.ts";
import { type Command, type CommandContext, firstArgument, getFile, UsageError } from "../command.ts";

/** Imports the keys of a CiviForm database. */
export const importCiviFormKeysCommand: Command = {
  name: "keys import-civiform <file>",
  summary: "import keys from CiviForm's api_keys table (CSV or JSON); their credentials keep working",
  example: "keys import-civiform api_keys.csv",
  answer: '{"read","inserted","updated","unchanged","rejected","problems","warnings"}',
  options: [
    ["--salt <which>", "the salt CiviForm used: current (default), or the number of an old one, starting at 1"],
    ["--skip-invalid", "skip keys that cannot be imported"],
  ],
  async run(context, args, options) {
    const result = await importCiviFormKeys(context.connection.db, {
      text: await (await getFile(firstArgument(args))).text(),
      salt: readSalt(context, options.salt),
      isSaltNamed: options.salt !== undefined,
      skipInvalid: options.skipInvalid === true,
      actor: context.actor,
      now: context.now,
    });
    return { json: result, text: describe(result) };
  },
};

/** Finds a salt by its place in the configuration: it must not appear on a command line. */
function readSalt({ config, salts }: CommandContext, which: unknown): Salt {
  if (which === undefined || which === "current") return salts.current;
  const old = config.CIVIFORM_API_SECRET_SALTS_OLD;
  const text = /^[1-9]\d?$/.test(String(which)) ? old[Number(which) - 1] : undefined;
  if (text !== undefined) return createSaltRing(text, []).current;
  throw new UsageError(
    `--salt must be current, or the number of one of the ${old.length} in CIVIFORM_API_SECRET_SALTS_OLD.`,
  );
}

function describe({ read, inserted, updated, unchanged, ...rest }: CiviFormKeyImport): string {
  const summary = `${read} read, ${inserted} inserted, ${updated} updated, ${unchanged} unchanged, ${rest.rejected} rejected.`;
  return [summary, ...[...rest.problems, ...rest.warnings].map((line) => `  - ${line}`)].join("\n");
}
