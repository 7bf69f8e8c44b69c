import type { AuditLine } from "../../domain/access/audit/list.ts";
import type { CsvColumns } from "../../lib/csv.ts";
import { nameOfAction } from "./sentences.tsx";

/** Audit events as a table to download. */
export const auditColumns: CsvColumns<AuditLine> = {
  time: ({ at }) => at,
  actor: ({ actor }) => actor,
  action: ({ action }) => action,
  what: ({ action }) => nameOfAction(action),
  api_key: ({ apiKey }) => apiKey?.name ?? null,
  key_id: ({ apiKey }) => apiKey?.keyId ?? null,
  program: ({ program }) => program?.slug ?? null,
  address: ({ address }) => address,
  details: ({ details }) => ({ json: details }),
};
