import { describe, expect, test } from "bun:test";
import type { ApiKey } from "../../src/domain/access/keys/find.ts";
import type { DailyRefusals } from "../../src/domain/access/refusals/list.ts";
import { listHistoryDays } from "../../src/domain/access/usage/history.ts";
import { findVerdict, Health } from "../../src/views/keys/health.tsx";
import { Sparkline } from "../../src/views/keys/usage.tsx";
import { DayChart } from "../../src/views/parts/chart.tsx";
import { toHtml } from "../../src/views/parts/layout.tsx";
import { readElements, readText } from "../support/markup.ts";
import { noCalls, someCalls } from "../support/usage-samples.ts";
import { retiredKeys, sampleKey, samplePage } from "../support/view-samples.ts";

const page = samplePage({ href: (name) => `/assets/${name}`, version: "0.1.0" });
const today = "2026-11-23";
const days = listHistoryDays(today);
const callsOn = (counts: Readonly<Record<string, number>>) => days.map((day) => ({ day, callCount: counts[day] ?? 0 }));
const refusals: readonly DailyRefusals[] = [
  { day: "2026-11-20", reason: "wrong_secret", callCount: 3 },
  { day: "2026-11-20", reason: "no_grant", callCount: 1 },
  { day: "2026-11-23", reason: "no_grant", callCount: 2 },
];
const barsOf = (html: string) =>
  readElements(html)
    .filter(({ attributes }) => attributes.get("class")?.includes("__bars"))
    .map(({ attributes }) => attributes.get("d"));
const daysOf = (html: string) => readElements(html).filter(({ attributes }) => attributes.has("data-day"));

describe("the chart of a key", () => {
  const calls = callsOn({ "2026-11-03": 10, "2026-11-23": 40 });
  const html = toHtml(Health({ page, apiKey: sampleKey(), calls, dailyRefusals: refusals }));

  test("has a row of bars for calls and one for each reason, with its name, its sum and its highest day", () => {
    const text = readText(html);
    expect(text).toContain("50 calls answered, 6 refused in the last 30 days.");
    expect(text).toContain(
      "Calls 50 Most: 40 on Nov 23 Refused: Wrong secret 3 Most: 3 on Nov 20 Refused: No permission 3",
    );
    // 40 is as high as the drawing, 10 a quarter of it; of less than four, one is a quarter.
    expect(barsOf(html)).toEqual([
      "M9.1,40v-10h.8v10zM29.1,40v-40h.8v40z",
      "M26.1,40v-30h.8v30z",
      "M26.1,40v-10h.8v10zM29.1,40v-20h.8v20z",
    ]);
  });

  test("says the numbers of each day, is entered at today, and goes on with the arrow keys", () => {
    const shown = daysOf(html);
    expect(shown.map(({ attributes }) => attributes.get("tabindex"))).toEqual([...Array(29).fill("-1"), "0"]);
    expect(shown.at(-1)?.attributes.get("aria-label")).toBe("Nov 23, 2026: Calls 40, Refused: No permission 2");
    expect(shown[0]?.attributes.get("aria-label")).toBe("Oct 25, 2026: none");
  });

  test("has its numbers in a table, newest first, without the days on which nothing was called", () => {
    expect(readText(html)).toContain(
      "Day Calls Refused: Wrong secret Refused: No permission Nov 23, 2026 40 0 2 Nov 20, 2026 0 3 1 Nov 3, 2026 10 0 0",
    );
  });

  test("leaves out what may not be seen, and itself when there was no call", () => {
    const chart = (callCount: number | null, dailyRefusals = refusals) =>
      toHtml(Health({ page, apiKey: sampleKey({ callCount }), calls: noCalls, dailyRefusals }));
    expect(readText(chart(null))).toContain("so you can’t see how often it is used. 6 refused in the last 30 days.");
    expect(daysOf(chart(0, []))).toEqual([]);
  });

  test.each([
    [7, "Tue Wed Thu Fri Sat Sun Mon"],
    [30, "Oct 26 Nov 2 Nov 9 Nov 16 Nov 23"],
    [90, "Aug 31 Sep 7 Sep 14 Sep 21 Sep 28 Oct 5 Oct 12 Oct 19 Oct 26 Nov 2 Nov 9 Nov 16 Nov 23"],
  ])("names the weeks of %d days", (count, ticks) => {
    const long = listHistoryDays(today, count);
    const series = [{ name: "Calls", counts: long.map(() => 1) }];
    const chart = toHtml(DayChart({ title: "Calls", summary: "", days: long, series }));
    const named = [...chart.matchAll(/__tick[^>]*><span>([^<]*)/g)].map(([, name]) => name);
    expect(named.join(" ")).toBe(ticks);
  });
});

describe("the verdict on a key", () => {
  const judge = (given: Partial<ApiKey>, called: number, dailyRefusals: readonly DailyRefusals[] = []) =>
    findVerdict({ page, apiKey: sampleKey(given), calls: callsOn({ "2026-11-20": called }), dailyRefusals });

  test.each([
    ["Healthy", "Last used 3 minutes ago. No call was refused in the last 7 days.", {}, 4, []],
    [
      "Some calls refused",
      "Last used 3 minutes ago. 6 of 16 calls in the last 7 days were refused, mostly because of “Wrong secret”.",
      ...[{}, 10, refusals],
    ],
    ["Failing", "6 of 9 calls in the last 7 days were refused, mostly because of “Wrong secret”.", {}, 3, refusals],
    ["Idle", "Last used 3 minutes ago.", {}, 0, [{ day: "2026-11-16", reason: "no_grant", callCount: 9 }]],
    ["Not used yet", "No call so far.", { lastUsedAt: null }, 0, []],
    ["Still called", "6 calls refused in the last 7 days.", retiredKeys[0] ?? {}, 0, refusals],
    ["No longer called", "No call refused in the last 7 days.", retiredKeys[0] ?? {}, 0, []],
  ] as const)("is “%s” with its reason", (text, why, given, called, refused) => {
    expect(judge(given, called, refused)).toMatchObject({ text, why });
  });

  test("is not made where the use may not be seen", () => {
    expect(judge({ callCount: null }, 0, refusals)).toBeUndefined();
  });
});

describe("the line in the list", () => {
  test("says its numbers in words, and reaches from edge to edge", () => {
    const html = toHtml(Sparkline({ days: callsOn({ "2026-11-03": 1204 }) }));
    expect(readText(html)).toBe("1,204 calls in the last 30 days, all on Nov 3, 2026.");
    const [, line] = readElements(html).filter(({ tag }) => tag === "path");
    expect(line?.attributes.get("d")).toMatch(/^M0,19L.*L90,19$/);
    expect(readElements(html)[0]?.attributes.get("role")).toBe("img");
  });

  test("is small, and nothing at all for a key without calls", () => {
    expect(toHtml(Sparkline({ days: someCalls(40_000) })).length).toBeLessThan(1_100);
    expect(Sparkline({ days: noCalls })).toBe("");
    expect(Sparkline({ days: [] })).toBe("");
  });
});
