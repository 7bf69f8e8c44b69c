/** Text for people: tables, and times in the instance's zone. */

/** Lays rows out in columns under their headings; without rows gives `none`. */
export function formatTable(headings: readonly string[], rows: readonly (readonly string[])[], none: string): string {
  if (rows.length === 0) return none;
  const lines = [headings, ...rows].map((row) => row.map((cell) => cell.replaceAll("\n", " ")));
  const widths = headings.map((_, column) => Math.max(...lines.map((row) => Bun.stringWidth(row[column] ?? ""))));
  const pad = (cell: string, column: number) =>
    cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - Bun.stringWidth(cell)));
  return lines.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

/** A time to the minute with its zone, such as `2026-11-23 16:05 PST`. Throws a RangeError on an unknown zone. */
export function formatTime(at: Date, zone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone);
  const text = local.toPlainDateTime().toString().slice(0, 16).replace("T", " ");
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    timeZoneName: "short",
  }).formatToParts(at);
  return `${text} ${parts.find(({ type }) => type === "timeZoneName")?.value ?? zone}`;
}
