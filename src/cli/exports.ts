/** `audit export` and `refusals list`: whole lists, streamed, a line of JSON for each row, or as CSV. */
import { type AuditLine, auditListing } from "../domain/access/audit/list.ts";
import { recordAuditEvent } from "../domain/access/audit/record.ts";
import { type Refusal, refusalListing } from "../domain/access/refusals/list.ts";
import { type CsvColumns, writeCsvHeader, writeCsvRows } from "../lib/csv.ts";
import { type Listing, readBatches } from "../lib/keyset.ts";
import { parseDate, startOfDay } from "../lib/time/times.ts";
import { type Command, type CommandContext, type CommandOption, type CommandResult, UsageError } from "./command.ts";

const csvOption: CommandOption = ["--csv", "print CSV instead of a line of JSON for each row"];
const batchRows = 1_000;

const auditColumns: CsvColumns<AuditLine> = {
  at: ({ at }) => at,
  actor: ({ actor }) => actor,
  action: ({ action }) => action,
  address: ({ address }) => address,
  key_id: ({ apiKey }) => apiKey?.keyId ?? null,
  program: ({ program }) => program?.slug ?? null,
  details: ({ details }) => ({ json: details }),
};

const refusalColumns: CsvColumns<Refusal> = {
  at: ({ lastAt }) => lastAt,
  calls: ({ callCount }) => callCount,
  reason: ({ reason }) => reason,
  address: ({ address }) => address,
  key_id: ({ key }) => key?.keyId ?? null,
  fingerprint: ({ fingerprint }) => fingerprint,
  path: ({ route }) => route,
  request_id: ({ lastRequestId }) => lastRequestId,
};

/** Commands that print whole lists. Each is recorded in the audit log, as a download from the pages is. */
export const exportCommands: readonly Command[] = [
  {
    name: "audit export",
    summary: "print the audit log, newest first, as lines of JSON or as CSV",
    example: "audit export --since 2026-01-01 --until 2026-01-31 --csv",
    answer: '{"at","actor","action","address","key_id","program","details"} on each line',
    options: [
      ["--since <YYYY-MM-DD>", "only events of this day and later"],
      ["--until <YYYY-MM-DD>", "only events of this day and earlier"],
      csvOption,
    ],
    run(context, _args, options) {
      const since = readDay(options, "since");
      const dayAfter = readDay(options, "until")?.add({ days: 1 });
      const startOf = (day: { toString(): string } | undefined) => day && startOfDay(day.toString(), context.zone);
      const [start, end] = [startOf(since), startOf(dayAfter)];
      const filter = { ...(start && { since: start }), ...(end && { until: end }) };
      const listing = auditListing(context.connection.db, { actor: context.actor, filter });
      return printList(context, { name: "Audit events", listing, columns: auditColumns, options });
    },
  },
  {
    name: "refusals list",
    summary: "print the refused calls, newest first, as lines of JSON or as CSV",
    example: "refusals list --csv",
    answer: '{"at","calls","reason","address","key_id","fingerprint","path","request_id"} on each line',
    options: [csvOption],
    run(context, _args, options) {
      const listing = refusalListing(context.connection.db, { actor: context.actor, filter: {} });
      return printList(context, { name: "Refused calls", listing, columns: refusalColumns, options });
    },
  },
];

function readDay(options: Readonly<Record<string, unknown>>, name: string) {
  const text = options[name];
  if (text === undefined) return undefined;
  const day = parseDate(String(text));
  if (day === undefined) throw new UsageError(`--${name} needs a date such as 2026-01-31.`);
  return day;
}

async function printList<Row, Place>(
  { connection: { db }, actor, now, zone, print }: CommandContext,
  list: {
    name: string;
    listing: Listing<Row, Place>;
    columns: CsvColumns<Row>;
    options: Readonly<Record<string, unknown>>;
  },
): Promise<CommandResult> {
  const { name, listing, columns, options } = list;
  const filter = Object.fromEntries(Object.entries(options).filter(([option]) => /since|until/.test(option)));
  await recordAuditEvent(db, { at: now, actor, action: "list.downloaded", details: { list: name, ...filter } });
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
