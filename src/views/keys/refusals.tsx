import type { ApiKey } from "../../domain/access/keys/find.ts";
import type { Refusal } from "../../domain/access/refusals/list.ts";
import { refusalsHref } from "../parts/hrefs.ts";
import type { PageContext } from "../parts/layout.tsx";
import { LinkLine } from "../parts/text.tsx";
import { RefusalTable, WhatToDo } from "../refusals/tables.tsx";

/** The refused calls of one key. */
export interface KeyRefusals {
  /** The newest, newest first. */
  readonly refusals: readonly Refusal[];
  /** Whether there are older ones. */
  readonly hasMore: boolean;
}

/** Why calls with one key were refused lately. */
export function RefusalsOfKey(props: KeyRefusals & { apiKey: ApiKey; page: PageContext }): JSX.Element {
  const { apiKey, page, refusals, hasMore } = props;
  if (refusals.length === 0) {
    return (
      <p class="civikey-quiet">
        No calls with this key were refused.
        {page.may("see refused calls", "all") && (
          <>
            {" "}
            Look for calls with a mistyped key ID under <a href="/admin/refusals">all refused calls</a>.
          </>
        )}
      </p>
    );
  }
  return (
    <>
      <WhatToDo reasons={refusals.map(({ reason }) => reason)} />
      <RefusalTable refusals={refusals} page={page} />
      {hasMore && <LinkLine href={refusalsHref({ apiKeyId: apiKey.id })} text="Show all refused calls of this key" />}
    </>
  );
}
