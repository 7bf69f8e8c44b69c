import type { Refusal } from "../../domain/access/refusals/list.ts";
import type { CsvColumns } from "../../lib/csv.ts";
import { reasonNames } from "./reasons.ts";

/** Refused calls as a table to download. */
export const refusalColumns: CsvColumns<Refusal> = {
  last_time: ({ lastAt }) => lastAt,
  calls: ({ callCount }) => callCount,
  reason: ({ reason }) => reason,
  why: ({ reason }) => reasonNames[reason],
  api_key: ({ key }) => key?.name ?? null,
  key_id: ({ key }) => key?.keyId ?? null,
  fingerprint: ({ fingerprint }) => fingerprint,
  address: ({ address }) => address,
  path: ({ route }) => route,
  last_request_id: ({ lastRequestId }) => lastRequestId,
};
