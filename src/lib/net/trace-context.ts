/** W3C Trace Context: what ties the log lines of several services together. */
import { randomBytes } from "node:crypto";

/** Where a request belongs: 32 hexadecimal digits and a flag, in which nothing else fits. */
export interface Trace {
  readonly id: string & { readonly checked: "trace id" };
  /** Whether whoever began it records it. */
  readonly isSampled: boolean;
}

const format =
  /^(?<version>[0-9a-f]{2})-(?<id>[0-9a-f]{32})-(?<parent>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<more>-.*)?$/;

/** The trace that a `traceparent` header names; undefined for none, and for one that the specification says to ignore. */
export function readTrace(traceparent: string | null): Trace | undefined {
  const { version, id = "", parent = "", flags = "", more } = format.exec(traceparent ?? "")?.groups ?? {};
  // Later versions may append fields, and no version is called ff.
  if (version === undefined || version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (/^0+$/.test(id) || /^0+$/.test(parent)) return undefined;
  return { id: id as Trace["id"], isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** A trace that begins here. It isn't recorded anywhere but in logs. */
export function beginTrace(): Trace {
  return { id: randomBytes(16).toString("hex") as Trace["id"], isSampled: false };
}

/** The header for a call to another service: a new child in the trace. Empty without one. */
export function traceHeaders(trace: Trace | undefined): { traceparent?: string } {
  if (trace === undefined) return {};
  return { traceparent: `00-${trace.id}-${randomBytes(8).toString("hex")}-0${trace.isSampled ? 1 : 0}` };
}
