import type { CsvColumns } from "../../../lib/csv.ts";
import type { Refusal } from "./list.ts";

/** Refused calls as a table, for downloads and the command line. */
export const refusalColumns: CsvColumns<Refusal> = {
  last_time: ({ lastAt }) => lastAt,
  calls: ({ callCount }) => callCount,
  reason: ({ reason }) => reason,
  api_key: ({ key }) => key?.name ?? null,
  key_id: ({ key }) => key?.keyId ?? null,
  fingerprint: ({ fingerprint }) => fingerprint,
  address: ({ address }) => address,
  path: ({ route }) => route,
  last_request_id: ({ lastRequestId }) => lastRequestId,
};
