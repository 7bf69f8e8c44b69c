/** Lists a program's submitted applications, page by page, at the same cost on every page. */
import type { Database } from "../../db/client.ts";
import { runSqlForBytes, type SqlParameter } from "../../db/run-sql.ts";
import { isStorableTime, writeStoredTime } from "../../lib/time/stored.ts";
import type { PagePosition } from "./page-tokens.ts";

/** Which applications of the program, all of its versions together. */
export interface ApplicationFilter {
  /** Submitted at it or later: epoch microseconds. */
  readonly fromTime: bigint | null;
  /** Submitted before it. */
  readonly toTime: bigint | null;
  readonly revisionState: "CURRENT" | "OBSOLETE" | null;
  /** Only with exactly this status. */
  readonly status?: string | null;
  /** Only the one with this id. */
  readonly applicationId?: string | null;
}

/** How much of a list is read at once. */
export interface PageRequest {
  readonly programId: number;
  /** What to select of `applications`. */
  readonly columns: string;
  readonly limit: number;
  /** The rows end with the one that brings head and answers together to so many bytes. */
  readonly bytesMax: number;
  /** The application that the rows come after. */
  readonly last: PagePosition | null;
}

/** The columns of a row as PostgreSQL sent them: the UTF-8 of each one's text. Where it stands comes first. */
export type FoundRow = readonly [place: Buffer, ...columns: (Buffer | null)[]];

/** Some rows of a list. */
export interface FoundRows {
  readonly rows: readonly FoundRow[];
  /** Whether more may follow. */
  readonly hasMore: boolean;
}

/** What head and answers are together, from the first row to this one. */
export const bytesUpTo = (order: string) =>
  `sum(octet_length(head) + octet_length(answers)) over (order by ${order} rows unbounded preceding)`;

/** Lists applications, ids descending. */
export async function listApplications(db: Database, input: ApplicationFilter & PageRequest): Promise<FoundRows> {
  const { programId, columns, limit, bytesMax, last } = input;
  const parameters: SqlParameter[] = [programId];
  const add = (value: SqlParameter) => `$${parameters.push(value)}`;
  const conditions = ["program_id = $1"];
  if (last !== null) conditions.push(`application_id < ${add(last.applicationId)}`);
  const filters = conditionsOf(input).map(([condition, value]) => `${condition} ${add(value)}`);
  conditions.push(...filters);
  const ids = `select application_id from applications where ${conditions.join(" and ")}
    order by application_id desc limit ${add(limit + 1)}`;
  // The ids of a filtered page are found in an index alone, without the rows in between.
  const rows =
    filters.length > 0
      ? `where program_id = $1 and application_id = any (array(${ids})) order by application_id desc`
      : `where ${conditions.join(" and ")} order by application_id desc limit $${parameters.length}`;
  const found = await runSqlForBytes<FoundRow>(
    db,
    `select application_id || ',' || so_far, ${columns} from (
       select applications.*, ${bytesUpTo("application_id desc")} as so_far from applications ${rows}
     ) as applications
     where so_far - octet_length(head) - octet_length(answers) < ${add(bytesMax)}`,
    parameters,
    // How many rows a time leaves decides the plan, so it is made for the values.
    { isPrepared: input.fromTime === null && input.toTime === null },
  );
  return cut(found, input);
}

/** Of what was found with one row more than were asked for. */
export function cut(
  found: readonly FoundRow[],
  { limit, bytesMax }: Pick<PageRequest, "limit" | "bytesMax">,
): FoundRows {
  const newest = found.at(-1);
  const isFull = newest !== undefined && readPlace(newest).bytesSoFar >= bytesMax;
  return { rows: found.slice(0, limit), hasMore: found.length > limit || isFull };
}

/** Where a row stands. */
export function positionOf(row: FoundRow): PagePosition {
  const { applicationId, modificationId, modifiedAt } = readPlace(row);
  const isModified = modificationId !== undefined && modifiedAt !== undefined;
  return {
    applicationId,
    modification: isModified ? { id: modificationId, at: modifiedAt } : null,
  };
}

function readPlace([place]: FoundRow) {
  const [applicationId = "", bytes, modificationId, modifiedAt] = place.toString().split(",");
  return { applicationId, bytesSoFar: Number(bytes), modificationId, modifiedAt };
}

/** What a filter asks of a row: the start of each condition, and the value that ends it. */
export function conditionsOf(filter: ApplicationFilter): (readonly [condition: string, value: string])[] {
  const { fromTime, toTime, revisionState, status = null, applicationId = null } = filter;
  return [
    ...(fromTime === null ? [] : [["submit_time >=", boundOf(fromTime)] as const]),
    ...(toTime === null ? [] : [["submit_time <", boundOf(toTime)] as const]),
    ...(revisionState === null ? [] : [["revision_state =", revisionState] as const]),
    ...(status === null ? [] : [["status =", status] as const]),
    ...(applicationId === null ? [] : [["application_id =", applicationId] as const]),
  ];
}

/** A time as PostgreSQL reads it; before or after all that it stores lies infinity. */
export function boundOf(epochMicroseconds: bigint): string {
  if (isStorableTime(epochMicroseconds)) return writeStoredTime(epochMicroseconds);
  return epochMicroseconds < 0n ? "-infinity" : "infinity";
}
