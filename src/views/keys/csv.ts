import type { ApiKey } from "../../domain/access/keys/find.ts";
import { wordQuestions } from "../../domain/access/questions.ts";
import type { CsvColumns } from "../../lib/csv.ts";

const slugsWith = (apiKey: ApiKey, wanted: string) =>
  apiKey.grants
    .filter(({ permission }) => permission === wanted)
    .map(({ slug }) => slug)
    .join("; ");

/** API keys as a table to download. */
export const apiKeyColumns: CsvColumns<ApiKey> = {
  key_id: ({ keyId }) => keyId,
  name: ({ name }) => name,
  state: ({ state }) => state,
  expires: ({ expiration }) => expiration,
  read: (apiKey) => slugsWith(apiKey, "READ"),
  questions: ({ grants }) => [wordQuestions(grants)].flat().join("; "),
  write: (apiKey) => slugsWith(apiKey, "WRITE"),
  subnets: ({ subnets }) => subnets.join("; "),
  contact_email: ({ contactEmail }) => contactEmail,
  note: ({ note }) => note,
  calls: ({ callCount }) => callCount,
  last_used: ({ lastUsedAt }) => lastUsedAt,
  last_used_from: ({ lastUsedAddress }) => lastUsedAddress,
  created: ({ createdAt }) => createdAt,
  created_by: ({ createdBy }) => createdBy,
  retired: ({ retiredAt }) => retiredAt,
  retired_by: ({ retiredBy }) => retiredBy,
  replaces: ({ predecessor }) => predecessor?.keyId ?? null,
  replaced_by: ({ successor }) => successor?.keyId ?? null,
};
