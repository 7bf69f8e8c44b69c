/** What a listing gives, page by page or whole: by id, or what was modified in that order. */

import type { CallReads } from "../../db/reads/call-reads.ts";
import type { GrantedProgram } from "../access/grants.ts";
import { exportApplications, exportModifiedApplications } from "./export.ts";
import { listApplications } from "./list.ts";
import { listModifiedApplications } from "./list-modified.ts";
import type { ApplicationListing } from "./list-parameters.ts";
import type { PagePosition } from "./page-tokens.ts";
import type { ServedApplications } from "./stored/served.ts";

/** A listing of one program, with times in a zone. */
type ProgramListing = ApplicationListing & { program: GrantedProgram<"READ">; zone: string };

/** One page, as the API serves it. */
export interface Page {
  readonly applications: ServedApplications;
  readonly hasMore: boolean;
  /** Where the next page goes on; null on an empty page. */
  readonly last: PagePosition | null;
  /** Of a listing by modification: see `ModifiedPage`. */
  readonly modifiedUntil: bigint | null;
}

/** The page of `pageSize` applications that the listing asks for. */
export async function readPage(reads: CallReads, listing: ProgramListing): Promise<Page> {
  const { modifiedSince, pageSize: limit } = listing;
  if (modifiedSince !== null) {
    return reads.ofState((db) =>
      listModifiedApplications(db, { ...listing, modifiedSince, limit }),
    );
  }
  const page = await reads.ofApplications((db) =>
    listApplications(db, { ...listing, before: beforeOf(listing), limit }),
  );
  const { lastApplicationId } = page;
  const last =
    lastApplicationId === null
      ? null
      : { applicationId: lastApplicationId.toString(), modification: null };
  return { ...page, last, modifiedUntil: null };
}

/** Everything from there on, in batches. */
export async function exportAll(
  reads: CallReads,
  listing: ProgramListing,
): Promise<{ batches: AsyncGenerator<ServedApplications>; modifiedUntil: bigint | null }> {
  const { modifiedSince } = listing;
  if (modifiedSince !== null) {
    return exportModifiedApplications(reads.ofState, { ...listing, modifiedSince });
  }
  const batches = exportApplications(reads.ofApplications, {
    ...listing,
    before: beforeOf(listing),
  });
  return { batches, modifiedUntil: null };
}

function beforeOf({ last }: ProgramListing): bigint | null {
  return last === null ? null : BigInt(last.applicationId);
}
