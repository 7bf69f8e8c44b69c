/** Grants on the command line: `--read` and `--write` with slugs. */
import type { NewApiKeyForm } from "../../domain/access/keys/create.ts";
import type { NamedGrant } from "../../domain/access/keys/find.ts";
import { listOption } from "../command.ts";

/** Reads the grants that `--read` and `--write` name. */
export function readGrants(options: Readonly<Record<string, unknown>>): NewApiKeyForm["grants"] {
  return [
    ...listOption(options, "read").map((slug) => ({ slug, permission: "READ" as const })),
    ...listOption(options, "write").map((slug) => ({ slug, permission: "WRITE" as const })),
  ];
}

/** Writes grants as `READ snow-removal, WRITE utility-discount`. */
export function describeGrants(grants: readonly NamedGrant[]): string {
  return grants.map(({ slug, permission }) => `${permission} ${slug}`).join(", ");
}
