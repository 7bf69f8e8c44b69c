/** Reads long lists page by page. A page begins after a place in the list's order, or ends before one: each costs the same. */

/** How many there are, counted up to a limit: a list must not count ten million rows. */
export interface Count {
  /** Never more than the limit. */
  readonly count: number;
  /** Whether there are more than `count`. */
  readonly hasMore: boolean;
}

/** A row's place in an order that people choose: the value that it is sorted by, and its id. It stays a place when the row changes. */
export interface SortPlace {
  readonly id: number;
  readonly value: string;
}

/** Which page: the one after a place, the one before a place, or the first. */
interface PageStart<Place> {
  readonly after?: Place | undefined;
  readonly before?: Place | undefined;
  readonly limit: number;
}

/** One page of a list. */
export interface Page<Row, Place> {
  readonly rows: readonly Row[];
  /** How many rows come before the page; undefined when they are too many to count. */
  readonly skipped: number | undefined;
  /** How many rows all pages have together. */
  readonly total: Count;
  /** What the page before this one ends before; undefined on the first page. */
  readonly previous: Place | undefined;
  /** What the page after this one begins after; undefined on the last page. */
  readonly next: Place | undefined;
}

/** A list in its order. */
export interface Listing<Row, Place> {
  /** Reads rows after a place or, backward, before it, the nearest first; without one, from the beginning. */
  read(from: { start: Place | undefined; isBackward: boolean; limit: number }): Promise<Row[]>;
  /** Counts the rows before a place, or all rows, up to `limit`. */
  count(rows: { before: Place | undefined; limit: number }): Promise<number>;
  placeOf(row: Row): Place;
}

const countMax = 10_000;

/** Reads one page. Where nothing is left after or before a place any more, it is the first page. */
export async function readPage<Row, Place>(
  listing: Listing<Row, Place>,
  { after, before, limit }: PageStart<Place>,
): Promise<Page<Row, Place>> {
  const isBackward = before !== undefined;
  const start = before ?? after;
  const [found, counted] = await Promise.all([
    listing.read({ start, isBackward, limit: limit + 1 }),
    listing.count({ before: undefined, limit: countMax + 1 }),
  ]);
  // Going back from the second page shows a whole first page, even if rows were added or removed meanwhile.
  const isOver = isBackward ? found.length <= limit : found.length === 0;
  if (start !== undefined && isOver) return readPage(listing, { limit });
  const rows = found.slice(0, limit);
  if (isBackward) rows.reverse();
  const [first, last] = [rows[0], rows.at(-1)].map((row) => row && listing.placeOf(row));
  const skipped =
    start === undefined || first === undefined ? 0 : await listing.count({ before: first, limit: countMax + 1 });
  return {
    rows,
    skipped: skipped > countMax ? undefined : skipped,
    total: { count: Math.min(counted, countMax), hasMore: counted > countMax },
    previous: skipped > 0 ? first : undefined,
    next: isBackward || found.length > limit ? last : undefined,
  };
}

/** Reads all rows from the beginning, some at a time: nothing is held open in the database in between. */
export async function* readBatches<Row, Place>(listing: Listing<Row, Place>, limit: number): AsyncGenerator<Row[]> {
  let start: Place | undefined;
  for (;;) {
    const rows = await listing.read({ start, isBackward: false, limit });
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    if (rows.length < limit) return;
    start = listing.placeOf(last);
  }
}

/** Reads all rows at once: for lists that fit into memory. */
export async function readAll<Row, Place>(listing: Listing<Row, Place>): Promise<Row[]> {
  return (await Array.fromAsync(readBatches(listing, 10_000))).flat();
}

/** Reads the first rows. */
export function readFirst<Row, Place>(listing: Listing<Row, Place>, limit: number): Promise<Row[]> {
  return listing.read({ start: undefined, isBackward: false, limit });
}
