import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Listing, readBatches, readPage } from "../../src/lib/keyset.ts";
import { walkPages } from "../support/page-walk.ts";

/** A list of numbers, each of which is its place. */
function listOf(numbers: readonly number[]): Listing<number, number> {
  const sorted = numbers.toSorted((a, b) => a - b);
  return {
    async read({ start, isBackward, limit }) {
      const found = sorted.filter((one) => start === undefined || (isBackward ? one < start : one > start));
      return (isBackward ? found.reverse() : found).slice(0, limit);
    },
    count: async ({ before, limit }) =>
      Math.min(limit, sorted.filter((one) => before === undefined || one < before).length),
    placeOf: (one) => one,
  };
}

const someNumbers = fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { maxLength: 40 });

test("pages have every row once, forward and back, and so have batches", async () => {
  await fc.assert(
    fc.asyncProperty(someNumbers, fc.integer({ min: 1, max: 9 }), async (numbers, limit) => {
      const all = await walkPages(listOf(numbers), limit);
      expect((await Array.fromAsync(readBatches(listOf(numbers), limit))).flat()).toEqual(all);
    }),
  );
});

test("a page begins or ends at its place, whatever was added or removed, and the first page is always whole", async () => {
  await fc.assert(
    fc.asyncProperty(someNumbers, fc.nat(99), fc.boolean(), async (numbers, place, isBackward) => {
      const limit = 4;
      const page = await readPage(listOf(numbers), { [isBackward ? "before" : "after"]: place, limit });
      const sorted = numbers.toSorted((a, b) => a - b);
      const [older, newer] = [sorted.filter((one) => one < place), sorted.filter((one) => one > place)];
      const wanted = isBackward ? older.slice(-limit) : newer.slice(0, limit);
      const isOver = isBackward ? older.length <= limit : newer.length === 0;
      expect(page.rows).toEqual(isOver ? sorted.slice(0, limit) : wanted);
      expect(page.skipped).toBe(page.rows.length === 0 ? 0 : sorted.indexOf(page.rows[0] ?? -1));
    }),
  );
});

test("counts up to a limit, and says where a page is only if that was counted", async () => {
  const many = listOf(Array.from({ length: 10_003 }, (_, index) => index));
  const last = await readPage(many, { after: 10_001, limit: 5 });
  expect(last).toMatchObject({ rows: [10_002], skipped: undefined, total: { count: 10_000, hasMore: true } });
  expect(last.previous).toBe(10_002);
  expect(await readPage(many, { after: 9_998, limit: 2 })).toMatchObject({ skipped: 9_999, next: 10_000 });
});
