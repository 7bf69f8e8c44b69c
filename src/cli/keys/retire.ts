/** `keys retire`: one key, or all of a file. */
import { retireApiKey } from "../../domain/access/keys/retire.ts";
import { DomainError } from "../../lib/errors.ts";
import { tryParseJson } from "../../lib/json/unknown.ts";
import {
  type Command,
  type CommandContext,
  type CommandResult,
  firstArgument,
  getFile,
  UsageError,
} from "../command.ts";

/** Retires a key, or those in a file; keys of a file that are retired already are no failure, unknown ones are. */
export const retireApiKeyCommand: Command = {
  name: "keys retire [key-id]",
  summary: "retire an API key permanently, or all keys in a file (unknown ones are reported, with exit 1)",
  example: "keys retire cvk_4Xr9TqLw2ZpVn8sKd3Yb1A",
  answer: '{"id","keyId","name","state"}; with --file {"retired","alreadyRetired","unknown"}: lists of key ids',
  options: [["--file <file>", "key ids, one a line, or what `keys list --json` prints"]],
  check(args, { file }) {
    const isNamed = firstArgument(args) !== "";
    if (isNamed === (file !== undefined))
      throw new UsageError("Name one key, or a file with --file. Use --help for usage.");
  },
  async run(context, args, { file }) {
    const keyId = firstArgument(args);
    if (file !== undefined) return retireAll(context, await readKeyIds(String(file)));
    const { id, name, state } = await retireApiKey(context.connection.db, { keyId, ...context });
    return { json: { id, keyId, name, state }, text: `Retired the API key ${name} (${keyId}).` };
  },
};

async function readKeyIds(path: string): Promise<string[]> {
  const text = (await (await getFile(path)).text()).trim();
  if (!text.startsWith("[")) return text.split(/\s*\n\s*/).filter(Boolean);
  const rows = tryParseJson(text);
  if (Array.isArray(rows)) return rows.map((row) => String(Object(row).keyId));
  throw new DomainError("invalid", `${path} is neither key ids, one a line, nor JSON from keys list.`);
}

async function retireAll(
  { connection: { db }, actor, now }: CommandContext,
  keyIds: readonly string[],
): Promise<CommandResult> {
  const outcomes = { retired: [] as string[], alreadyRetired: [] as string[], unknown: [] as string[] };
  for (const keyId of new Set(keyIds)) {
    try {
      await retireApiKey(db, { keyId, actor, now });
      outcomes.retired.push(keyId);
    } catch (error) {
      if (!(error instanceof DomainError) || !/^(conflict|not_found)$/.test(error.code)) throw error;
      outcomes[error.code === "conflict" ? "alreadyRetired" : "unknown"].push(keyId);
    }
  }
  const { retired, alreadyRetired, unknown } = outcomes;
  const counts = `Retired ${retired.length} API keys; ${alreadyRetired.length} were retired already.`;
  const problem = unknown.length === 0 ? "" : `\nUnknown: ${unknown.join(" ")}`;
  return { json: outcomes, text: `${counts}${problem}`, exitCode: unknown.length === 0 ? 0 : 1 };
}
