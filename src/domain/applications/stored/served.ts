/** Applications as the API serves them: the bytes that PostgreSQL sent, one behind the other. */
import type { Database } from "../../../db/client.ts";
import { runSqlForBytes } from "../../../db/run-sql.ts";
import { takeTurns } from "../../../lib/limits/turns.ts";
import type { GrantedProgram } from "../../access/grants.ts";
import { isApplicationId, noSuchApplication } from "../application-id.ts";
import type { FoundRow } from "../list.ts";
import { type Completion, completeApplication, loadCompletions } from "./completion.ts";

/** Writes rows of a list in one format. */
export interface RowWriter {
  /** What to select of `applications` for it. */
  readonly columns: string;
  /** What the rows come to, and of how many: no more are written after `bytesMax`, because completed answers may be long. */
  write(
    db: Database,
    rows: readonly FoundRow[],
    bytesMax: number,
  ): Promise<{ parts: readonly Uint8Array[]; count: number }>;
}

/** Head and answers come as one text without the brace that ends the application: fewer pieces for the server. */
const columns = "shape_id, head || answers";

/** So many bytes of applications end a page, whatever its size in rows: an answer has to fit into memory. */
export const pageBytesMax = 16 * 1024 * 1024;

/** Writes each application as JSON, and `separator` after it, until there are enough. */
export function createServedWriter(program: GrantedProgram<"READ">, separator: "," | "\n"): RowWriter {
  const end = Buffer.from(separator);
  return {
    columns,
    async write(db, rows, bytesMax) {
      const outlineIds = rows.map(readOutlineId);
      const completionOf = await loadCompletions(db, { ...program, outlineIds: new Set(outlineIds) });
      const parts: Uint8Array[] = [];
      let bytes = 0;
      let count = 0;
      const turn = takeTurns();
      for (const outlineId of outlineIds) {
        const row = rows[count];
        if (row === undefined || bytes >= bytesMax) break;
        await turn();
        bytes += writeApplication(row, completionOf(outlineId), parts);
        parts.push(end);
        count += 1;
      }
      return { parts, count };
    },
  };
}

/** One application of the program as the API serves it. Throws `not_found`, for a text that is no id as well. */
export async function getApplication(
  db: Database,
  { program, applicationId }: { program: GrantedProgram<"READ">; applicationId: string },
): Promise<Buffer<ArrayBuffer>> {
  if (!isApplicationId(applicationId)) throw noSuchApplication();
  const [row] = await runSqlForBytes<FoundRow>(
    db,
    `select application_id, ${columns} from applications where program_id = $1 and application_id = $2`,
    [program.programId, applicationId],
    { isPrepared: true },
  );
  if (row === undefined) throw noSuchApplication();
  const outlineId = readOutlineId(row);
  const completionOf = await loadCompletions(db, { ...program, outlineIds: new Set([outlineId]) });
  const parts: Uint8Array[] = [];
  writeApplication(row, completionOf(outlineId), parts);
  return Buffer.concat(parts);
}

/** Digit by digit: a text for each row of a page would cost more than anything else that is done with the row. */
function readOutlineId([, digits]: FoundRow): number {
  let id = 0;
  for (const digit of digits ?? []) id = id * 10 + digit - 0x30;
  return id;
}

/** Tells how many bytes it is. */
function writeApplication([, , stored]: FoundRow, completion: Completion, parts: Uint8Array[]): number {
  if (stored == null) throw new Error("an application without its text");
  const [text, tail] = completeApplication(stored, completion);
  parts.push(text, tail);
  return text.length + tail.length;
}
