import type { CsvColumns } from "../../../lib/csv.ts";
import type { AuditLine } from "./list.ts";

/** Audit events as a table, for downloads and the command line. */
export const auditColumns: CsvColumns<AuditLine> = {
  time: ({ at }) => at,
  actor: ({ actor }) => actor,
  action: ({ action }) => action,
  api_key: ({ apiKey }) => apiKey?.name ?? null,
  key_id: ({ apiKey }) => apiKey?.keyId ?? null,
  program: ({ program }) => program?.slug ?? null,
  address: ({ address }) => address,
  details: ({ details }) => ({ json: details }),
};
