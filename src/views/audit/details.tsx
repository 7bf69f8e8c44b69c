import type { AuditEvent } from "../../domain/access/audit/list.ts";
import { Folded } from "../parts/components.tsx";
import { Pairs } from "../parts/facts.tsx";
import { type Clock, formatDateTime } from "../parts/format.ts";
import { Code, Quiet } from "../parts/text.tsx";

/** From where somebody acted: an address, the command line, or CiviKey itself. A person's address may be unknown. */
export function ActedFrom({ event: { address, actor } }: { event: AuditEvent }): JSX.Element {
  if (address !== null) return <Code text={address} />;
  if (actor.endsWith("(CLI)")) return <Quiet>Command line</Quiet>;
  return <Quiet>{actor.includes("@") ? "Unknown" : "Server"}</Quiet>;
}

/** The details of an audit event, folded, in words where possible. */
export function AuditDetails(props: {
  details: unknown;
  page: Clock;
  /** Names of details that are shown elsewhere. */
  without?: readonly string[];
}): JSX.Element {
  const { details, page, without = [] } = props;
  const rows = listRows(details, page.zone, without);
  if (rows.length === 0) return "";
  return (
    <Folded summary="Details">
      <Pairs pairs={rows.map(([name, text]) => [toWords(name), text])} />
    </Folded>
  );
}

/** Names and texts; what changed (`before` and `after`) is one row for each thing that did. */
function listRows(
  details: unknown,
  zone: string,
  without: readonly string[],
): (readonly [name: string, text: string])[] {
  if (!isRecord(details)) return [];
  const { before, after, ...others } = details;
  const plain = Object.entries(others)
    .filter(([name]) => !without.includes(name))
    .map(([name, value]) => [name, toText(value, zone)] as const);
  if (!isRecord(before) || !isRecord(after)) return plain;
  const changed = Object.keys(before).map((name) => {
    const [was, is] = [before[name], after[name]].map((value) => toText(value, zone));
    return [name, `${was} → ${is}`] as const;
  });
  return [...plain, ...changed];
}

/** A name from the details as people write it: `keyId` is `key id`. */
export function toWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/;

/** A value without its punctuation: lists with commas, the parts of an entry with blanks. */
export function toText(value: unknown, zone: string): string {
  if (Array.isArray(value)) return value.map((part) => toText(part, zone)).join(", ") || "none";
  if (isRecord(value)) {
    return Object.values(value)
      .map((part) => toText(part, zone))
      .join(" ");
  }
  if (typeof value === "string" && isoTime.test(value)) {
    const at = new Date(value);
    return Number.isNaN(at.getTime()) ? value : formatDateTime(at, zone);
  }
  return String(value ?? "none");
}

/** Whether a value has named parts. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
