import { describe, expect, test } from "bun:test";
import { listHistoryDays } from "../../src/domain/access/usage/history.ts";
import { CallChart, Sparkline } from "../../src/views/keys/usage.tsx";
import { toHtml } from "../../src/views/parts/layout.tsx";
import { RefusalChart } from "../../src/views/refusals/chart.tsx";
import { elementById, type MarkupElement, readElements, readText } from "../support/markup.ts";
import { noCalls, someCalls } from "../support/usage-samples.ts";

const days = listHistoryDays("2026-11-23");
const callsOn = (counts: Readonly<Record<string, number>>) => days.map((day) => ({ day, callCount: counts[day] ?? 0 }));
const barsOf = (html: string) =>
  readElements(html).filter(({ attributes }) => attributes.get("class")?.includes("__bar"));
const numberOf = (element: MarkupElement | undefined, name: string) => Number(element?.attributes.get(name));

describe("the chart of calls", () => {
  const html = toHtml(CallChart({ days: callsOn({ "2026-11-03": 10, "2026-11-23": 40 }) }));

  test("is an image with a name and a description, and has its numbers in a table", () => {
    const svg = readElements(html).find(({ tag }) => tag === "svg");
    expect(svg?.attributes.get("role")).toBe("img");
    expect(svg?.attributes.get("aria-labelledby")).toBe("calls_title");
    expect(elementById(html, "calls_title").tag).toBe("title");
    expect(html).toContain("<desc>50 calls in the last 30 days,");
    const text = readText(html);
    expect(text).toContain("50 calls in the last 30 days, the most on Nov 23, 2026: 40.");
    expect(text).toContain("Day Calls Nov 23, 2026 40 Nov 22, 2026 0");
    expect(text).toContain("Nov 3, 2026 10");
    expect(readElements(html).filter(({ tag }) => tag === "tr")).toHaveLength(31);
  });

  test("has a bar for each day with calls, as high as it has calls", () => {
    const bars = barsOf(html);
    expect(bars).toHaveLength(2);
    const [low, high] = bars.map((bar) => numberOf(bar, "height"));
    expect(high).toBe(160);
    expect(low).toBe(40);
    expect(numberOf(bars[0], "x")).toBeLessThan(numberOf(bars[1], "x"));
    expect(numberOf(bars[0], "y")).toBe(120);
  });

  test("shows a day's number under the pointer", () => {
    expect(readText(html)).toContain("Nov 3: 10 calls");
    expect(readText(html)).toContain("Nov 4: 0 calls");
  });

  test("has whole numbers at its lines, however few or many calls there are", () => {
    const ticksOf = (count: number) =>
      readText(
        /__ticks"[^>]*>(.*?)<\/div>/s.exec(toHtml(CallChart({ days: callsOn({ "2026-11-03": count }) })))?.[1] ?? "",
      );
    expect(ticksOf(1)).toBe("4 3 2 1 0");
    expect(ticksOf(5)).toBe("5 4 3 2 1 0");
    expect(ticksOf(7)).toBe("8 6 4 2 0");
    expect(ticksOf(1_204)).toBe("1.5K 1K 500 0");
    expect(ticksOf(3_000_000_000)).toBe("3B 2B 1B 0");
  });

  test("is a sentence when there was no call", () => {
    expect(toHtml(CallChart({ days: noCalls }))).toBe('<p class="civikey-quiet">No calls in the last 30 days.</p>');
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

describe("the chart of refused calls", () => {
  const refusals = [
    { day: "2026-11-20", reason: "wrong_secret", callCount: 3 },
    { day: "2026-11-20", reason: "no_grant", callCount: 1 },
    { day: "2026-11-23", reason: "no_grant", callCount: 2 },
  ] as const;

  test("puts the reasons of a day on each other, and says what is which", () => {
    const html = toHtml(RefusalChart({ refusals, days }));
    const text = readText(html);
    expect(text).toContain("6 refused calls in the last 30 days.");
    expect(text).toContain("Wrong secret: 3");
    expect(text).toContain("No permission: 3");
    const [secret, grant, later] = barsOf(html);
    expect(numberOf(secret, "y") + numberOf(secret, "height")).toBe(160);
    expect(numberOf(grant, "y") + numberOf(grant, "height")).toBe(numberOf(secret, "y"));
    expect(secret?.attributes.get("class")).not.toBe(grant?.attributes.get("class"));
    expect(later?.attributes.get("class")).toBe(grant?.attributes.get("class") ?? "");
    expect(text).toContain("Nov 20: 4 refused calls");
    expect(text).toContain("Day Wrong secret No permission 2026-11-20 3 1");
  });

  test("draws no legend for a single reason, which keeps its color", () => {
    const html = toHtml(RefusalChart({ refusals: refusals.slice(2), days }));
    expect(readText(html)).toContain("2 refused calls in the last 30 days, all because of “No permission”.");
    expect(html).not.toContain("__legend");
    expect(barsOf(html)[0]?.attributes.get("class")).toContain("civikey-tone--8");
  });
});
