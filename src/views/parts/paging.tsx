/** The ways from a page of a list to those around it. */
import type { Page } from "../../lib/keyset.ts";
import { formatCount, formatFound } from "./format.ts";
import { attribute } from "./text.tsx";

/** Where a page of a list is in all of it, and the ways to the pages around it. */
export interface Paging {
  readonly previous?: string | false;
  readonly next: string | false;
  /** Which ones are shown, such as `26–38 of 38`. */
  readonly range?: string | undefined;
}

/** The ways from a page of a list to those around it. `hrefOf` gives the address of the page before or after a place. */
export function pagingOf<Place>(
  { rows, skipped, total, previous, next }: Page<unknown, Place>,
  hrefOf: (start: { before?: Place; after?: Place }) => string,
): Paging {
  const shown = (start: number) =>
    `${formatCount(start + 1)}–${formatCount(start + rows.length)} of ${formatFound(total)}`;
  return {
    previous: previous !== undefined && hrefOf({ before: previous }),
    next: next !== undefined && hrefOf({ after: next }),
    range: skipped === undefined ? undefined : shown(skipped),
  };
}

/** `26–38 of 38`, Previous and Next. Nothing when one page has everything. */
export function Pages({ previous = false, next, range }: Paging): JSX.Element {
  if (previous === false && next === false) return "";
  return (
    <nav class="civikey-pages" aria-label="Pages">
      {range !== undefined && (
        <span class="civikey-quiet" safe>
          {range}
        </span>
      )}
      {previous !== false && (
        <a class="usa-button usa-button--outline" rel="prev" href={attribute(previous)}>
          Previous
        </a>
      )}
      {next !== false && (
        <a class="usa-button usa-button--outline" rel="next" href={attribute(next)}>
          Next
        </a>
      )}
    </nav>
  );
}
