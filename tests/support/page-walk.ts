/** Walks through the pages of a list, and pages as sample data. */
import { expect } from "bun:test";
import { type Listing, type Page, readFirst, readPage } from "../../src/lib/keyset.ts";

/**
 * Walks forward through all pages, and back: every row is on one page, in the order of the whole list, and each page says
 * how many come before it. Gives all rows.
 */
export async function walkPages<Row, Place>(listing: Listing<Row, Place>, limit: number): Promise<Row[]> {
  const all = await readFirst(listing, 100_000);
  let page = await readPage(listing, { limit });
  for (let index = 0; ; index += 1) {
    expect(page).toMatchObject({ skipped: index * limit, total: { count: all.length, hasMore: false } });
    expect(page.rows).toEqual(all.slice(index * limit, (index + 1) * limit));
    expect(page.previous === undefined).toBe(index === 0);
    if (page.next === undefined) break;
    page = await readPage(listing, { after: page.next, limit });
  }
  expect((page.skipped ?? 0) + page.rows.length).toBe(all.length);
  for (let { skipped = 0, previous } = page; previous !== undefined; skipped -= limit) {
    const back = await readPage(listing, { before: previous, limit });
    expect(back.rows).toEqual(all.slice(skipped - limit, skipped));
    expect([back.skipped, back.next]).toEqual([skipped - limit, listing.placeOf(back.rows.at(-1) ?? never())]);
    ({ previous } = back);
  }
  return all;
}

function never(): never {
  throw new Error("an empty page");
}

/** One page: the only one unless more is given. */
export function pageOf<Row>(rows: readonly Row[], given: Partial<Page<Row, never>> = {}): Page<Row, never> {
  const total = { count: rows.length, hasMore: false };
  return { rows, skipped: 0, total, previous: undefined, next: undefined, ...given };
}
