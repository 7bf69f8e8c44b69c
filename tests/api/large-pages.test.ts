import { afterAll, beforeAll, expect, test } from "bun:test";
import { startTestApp, type TestApp } from "../support/app.ts";
import { applicationRecord, importRecords, makeKey, makeProgram } from "../support/factories.ts";

const path = "/api/v1/admin/programs/snow-removal/applications";
const mebibyte = 1024 * 1024;
/** Just under a mebibyte: the seventeenth brings a page past 16 MiB. */
const note = "x".repeat(mebibyte - 2000);
const count = 20;
let app: TestApp;
let token: string;

beforeAll(async () => {
  app = await startTestApp();
  await makeProgram(app);
  token = (await makeKey(app, { slug: "snow-removal" })).token;
  await importRecords(
    app,
    Array.from({ length: count }, (_, index) => applicationRecord(index + 1, { application_note: note })),
  );
}, 60_000);
afterAll(() => app.close());

async function walk(query: string): Promise<{ ids: number[]; pages: number[] }> {
  const ids: number[] = [];
  const pages: number[] = [];
  for (let next = `?${query}`; next !== ""; ) {
    const text = await (await app.call(`${path}${next}`, token)).text();
    pages.push(text.length);
    const page = JSON.parse(text) as {
      payload: { application_id: number; application_note: string }[];
      nextPageToken: string | null;
    };
    expect(page.payload.every(({ application_note: kept }) => kept === note)).toBeTrue();
    ids.push(...page.payload.map(({ application_id }) => application_id));
    next = page.nextPageToken === null ? "" : `?nextPageToken=${page.nextPageToken}`;
  }
  return { ids, pages };
}

const ascending = Array.from({ length: count }, (_, index) => index + 1);
test.each([
  ["by id", "pageSize=1000", ascending.toReversed()],
  ["by modification", "pageSize=1000&modifiedSince=2000-01-01", ascending],
])(
  "a page %s ends at 16 MiB, and the next goes on behind it",
  async (_, query, expected) => {
    const { ids, pages } = await walk(query);
    expect(ids).toEqual(expected);
    expect(pages).toHaveLength(2);
    // The application that brings the page to 16 MiB is its last.
    expect(pages[0]).toBeLessThan(17 * mebibyte);
    expect(pages[0]).toBeGreaterThanOrEqual(16 * mebibyte);
  },
  60_000,
);
