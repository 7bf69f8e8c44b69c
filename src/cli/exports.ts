/** `audit export` and `refusals list`: whole lists, streamed, a line of JSON for each row, or as CSV. */
import { auditColumns } from "../domain/access/audit/columns.ts";
import { auditListing } from "../domain/access/audit/list.ts";
import { recordAuditEvent } from "../domain/access/audit/record.ts";
import { refusalColumns } from "../domain/access/refusals/columns.ts";
import { refusalListing } from "../domain/access/refusals/list.ts";
import { type CsvColumns, writeCsvHeader, writeCsvRows } from "../lib/csv.ts";
import { type Listing, readBatches } from "../lib/keyset.ts";
import { addDays, startOfDay } from "../lib/time/times.ts";
import {
  type Command,
  type CommandContext,
  type CommandOption,
  type CommandOptions,
  type CommandResult,
  dayOption,
} from "./command.ts";

const csvOption: CommandOption = ["--csv", "print CSV instead of a line of JSON for each row"];
const batchRows = 1_000;

/** Commands that print whole lists. Each is recorded in the audit log, as a download from the pages is. */
export const exportCommands: readonly Command[] = [
  {
    name: "audit export",
    summary: "print the audit log, newest first, as lines of JSON or as CSV",
    example: "audit export --since 2026-01-01 --until 2026-01-31 --csv",
    answer: '{"time","actor","action","api_key","key_id","program","address","details"} on each line',
    options: [
      ["--since <YYYY-MM-DD>", "only events of this day and later"],
      ["--until <YYYY-MM-DD>", "only events of this day and earlier"],
      csvOption,
    ],
    run(context, _args, options) {
      const [since, until] = [dayOption(options, "since"), dayOption(options, "until")];
      const start = since && startOfDay(since, context.zone);
      const end = until && startOfDay(addDays(until, 1), context.zone);
      const filter = { ...(start && { since: start }), ...(end && { until: end }) };
      const listing = auditListing(context.connection.db, { actor: context.actor, filter });
      return printList(context, { name: "Audit events", listing, columns: auditColumns, options });
    },
  },
  {
    name: "refusals list",
    summary: "print the refused calls, newest first, as lines of JSON or as CSV",
    example: "refusals list --csv",
    answer:
      '{"last_time","calls","reason","api_key","key_id","fingerprint","address","path","last_request_id"} on each line',
    options: [csvOption],
    run(context, _args, options) {
      const listing = refusalListing(context.connection.db, { actor: context.actor, filter: {} });
      return printList(context, { name: "Refused calls", listing, columns: refusalColumns, options });
    },
  },
];

async function printList<Row, Place>(
  { connection: { db }, actor, now, zone, print }: CommandContext,
  list: { name: string; listing: Listing<Row, Place>; columns: CsvColumns<Row>; options: CommandOptions },
): Promise<CommandResult> {
  const { name, listing, columns, options } = list;
  const filter = Object.fromEntries(Object.entries(options).filter(([option]) => /since|until/.test(option)));
  await recordAuditEvent(db, { actor, now }, "list.downloaded", { list: name, ...filter });
  if (options.csv === true) await print(writeCsvHeader(columns));
  for await (const rows of readBatches(listing, batchRows)) {
    await print(options.csv === true ? writeCsvRows(rows, columns, zone) : rows.map(writeLine).join(""));
  }
  return { text: "" };

  function writeLine(row: Row): string {
    const cells = Object.entries(columns).map(([column, cellOf]) => {
      const cell = cellOf(row);
      const isJson = typeof cell === "object" && cell !== null && "json" in cell;
      return [column, isJson ? cell.json : cell];
    });
    return `${JSON.stringify(Object.fromEntries(cells))}\n`;
  }
}
