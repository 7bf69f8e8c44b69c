import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createChunkCounter } from "./chunk-counter.ts";
import { judgeAnswer, judgeChange, openDoor } from "./load-ledger.ts";
import { atLeast, atMost, judge, median, within } from "./measurement.ts";
import { measureInTurn, ratiosOf } from "./rounds.ts";
import { measurements } from "./run.ts";

const comparison = { name: "this", against: "that", target: atLeast(0.7) };

describe("the arithmetic", () => {
  test("a median is the middle value, or the mean of the middle two, in any order", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([-1, 10, 9, 100, 11])).toBe(10);
    expect(median([])).toBeNaN();
  });

  test("an outcome has the median, the lowest and the highest of its rounds, and all of them", () => {
    const outcome = judge(comparison, { rounds: [0.9, 0.5, 0.71239], figures: { calls: 7 } });
    expect(outcome).toEqual({
      name: "this",
      against: "that",
      ratio: 0.712,
      spread: [0.5, 0.9],
      target: "≥ 0.7",
      met: true,
      rounds: [0.9, 0.5, 0.712],
      figures: { calls: 7 },
    });
  });

  test("the exact ratio meets a target, not the rounded one", () => {
    expect(judge(comparison, { rounds: [0.7] }).met).toBeTrue();
    expect(judge(comparison, { rounds: [0.69999] })).toMatchObject({ ratio: 0.7, met: false });
  });

  test.each([
    [atLeast(0.9), 0.9, 0.89],
    [atMost(0), 0, 0.0001],
    [within(1.3), 1.3, 1.31],
    [within(1.3), 0.77, 0.76],
  ])("%o is met by %d and not by %d", (target, met, missed) => {
    expect([target.isMet(met), target.isMet(missed)]).toEqual([true, false]);
  });

  test("the worst round decides about a limit for every round", () => {
    const rounds = [0.2, 1.1, 0.3];
    const outcome = judge({ ...comparison, target: atMost(1) }, { rounds, counts: "highest" });
    expect(outcome).toMatchObject({ ratio: 1.1, met: false });
  });

  test("without a target nothing is met or missed; without a ratio nothing was measured", () => {
    const outcome = judge({ ...comparison, target: null }, { rounds: [1] });
    expect([outcome.target, outcome.met]).toEqual([null, null]);
    expect(() => judge(comparison, { rounds: [] })).toThrow("no ratio");
    expect(() => judge(comparison, { rounds: [1, Number.NaN] })).toThrow("no ratio");
  });

  test("contenders take turns, in alternating order, and the first round doesn't count", async () => {
    const order: string[] = [];
    const run = (name: string) => async () => order.push(name);
    const rounds = await measureInTurn({ rounds: 2 }, { a: run("a"), b: run("b") });
    expect(order.join("")).toBe("abbaab");
    expect(rounds).toEqual([
      { b: 3, a: 4 },
      { a: 5, b: 6 },
    ]);
    expect(ratiosOf(rounds, "a", "b")).toEqual([4 / 3, 5 / 6]);
  });
});

test("every speed target is measured, against what it names", () => {
  const rows = Object.entries(measurements).flatMap(([name, { comparisons }]) =>
    comparisons.map((each) => `${name} | ${each.name} | ${each.against} | ${each.target?.text}`),
  );
  const wanted = [
    "check-auth | checkAuth, 64 connections, keys read from PostgreSQL on every request | the same server with a key map in memory and no database | ≥ 0.7",
    "check-auth | checkAuth, 64 connections, keys read from PostgreSQL on every request | a bare Bun.serve that returns the same answer | ≥ 0.33",
    "pages | one page of 1,000 applications of 2 KB, 4 connections | select of the ready text by the same driver, joined and thrown away | ≥ 0.8",
    "some-questions | a page of 1,000 applications of 2 KB for a key that sees some questions only | the same page for a key that sees all | ≥ 0.25",
    "paging | page 1 at 1,000,000 rows | page 1 at 10,000 rows | within 1.3",
    "paging | last page at 1,000,000 rows | first page at 1,000,000 rows | within 1.3",
    "import | import of 50,000 applications of 2 KB | COPY of the same rows into a bare table | ≥ 0.3",
    "refused-calls | refused calls (unknown key) | good calls | ≥ 0.8",
    "refused-calls | refused calls (wrong secret) | good calls | ≥ 0.8",
    "admin-list | admin list with 10,000 keys, first byte | with 10 keys | within 2",
    "large-program | longest stretch of an import of 5,000 questions | JSON.parse of its export | ≤ 15",
    "large-program | longest stretch of its first answers after a start | JSON.parse of its export | ≤ 8",
    "recording | usage and refusal recording on | off | ≥ 0.9",
    "load | load run: wrong answers | all answers | ≤ 0",
    "load | load run: acknowledged writes that were lost | all acknowledged writes | ≤ 0",
    "failover | failover: wrong answers | all answers | ≤ 0",
    "failover | failover: acknowledged writes that were lost | all acknowledged writes | ≤ 0",
  ];
  expect(wanted.filter((row) => !rows.includes(row))).toEqual([]);
  const stream = measurements.ndjson?.comparisons.map(({ name, target }) => [name, target?.text]);
  expect(stream).toContainEqual(["NDJSON of 100,000 applications of 2 KB", "≥ 0.65"]);
  expect(measurements.start?.comparisons[0]?.name).toBe("start to ready, database in place");
});

describe("the referee of the load run", () => {
  const closed = { ...openDoor(""), closingMs: 100, closedMs: 200 };
  const away = [{ fromMs: 1_000, untilMs: 2_000 }];

  test.each([
    ["a good key is let in", openDoor(""), 10, 20, 200, "right"],
    ["a good key is refused", openDoor(""), 10, 20, 401, "wrong 401"],
    ["refused before anybody asked for it", closed, 10, 100, 401, "wrong 401"],
    ["refused while it is being retired", closed, 50, 150, 401, "refused rightly"],
    ["let in while it is being retired", closed, 199, 300, 200, "right"],
    ["let in after it was retired", closed, 200, 300, 200, "wrong 200"],
    ["refused after it was retired", closed, 200, 300, 401, "refused rightly"],
    ["503 with a database", openDoor(""), 10, 20, 503, "503 without need"],
    ["503 without a database", closed, 1_500, 1_600, 503, "503 while the database was away"],
    ["503 long after it came back", closed, 9_000, 9_001, 503, "503 without need"],
    ["no answer of the contract", openDoor(""), 10, 20, 500, "another status"],
  ] as const)("%s", (_name, door, sentMs, answeredMs, status, verdict) => {
    expect(judgeAnswer({ door, sentMs, answeredMs, status }, away)).toBe(verdict);
  });

  const troubles = { outages: away, fullTimes: [{ fromMs: 5_000, untilMs: 6_000 }] };
  const done = { status: 303, saysDone: true, saysFull: false };
  const full = { status: 503, saysDone: false, saysFull: true };
  const unavailable = { status: 503, saysDone: false, saysFull: false };

  test.each([
    ["a change is made", 5_500, done, "stored"],
    ["a change finds no room", 5_500, full, "503, the disk is full"],
    ["the disk is said to be full when it is not", 6_100, full, "503 without need"],
    ["a change without a database", 1_500, unavailable, "503 while the database was away"],
    ["503 for no reason that an admin is told", 5_500, unavailable, "503 without need"],
    ["any other page", 5_500, { ...unavailable, status: 500 }, "another answer"],
    ["the way to sign-in", 5_500, { ...unavailable, status: 303 }, "another answer"],
  ] as const)("to an admin: %s", (_name, sentMs, answer, verdict) => {
    const times = { sentMs, answeredMs: sentMs + 10 };
    expect(judgeChange({ ...times, ...answer }, troubles)).toBe(verdict);
  });
});

describe("a chunked body", () => {
  test("is counted to the byte, however it is split", () => {
    const cuts = fc.array(fc.nat(60), { maxLength: 30 });
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, maxLength: 40 })), cuts, (chunks, pieces) => {
        const frames = [...chunks, ""].map((chunk) => {
          const length = Buffer.byteLength(chunk);
          return `${length.toString(16)}\r\n${chunk}\r\n`;
        });
        const bytes = Buffer.from(frames.join(""));
        const counter = createChunkCounter();
        let at = 0;
        for (const piece of pieces) {
          counter.add(bytes.subarray(at, at + piece));
          at = Math.min(bytes.length, at + piece);
        }
        expect(counter.isComplete()).toBe(at === bytes.length);
        counter.add(bytes.subarray(at));
        expect(counter.count()).toBe(Buffer.byteLength(chunks.join("")));
        expect(counter.isComplete()).toBeTrue();
      }),
    );
  });

  test("with anything that isn't a chunk is refused", () => {
    expect(() => createChunkCounter().add(Buffer.from("hello\r\n"))).toThrow("no size");
    expect(() => createChunkCounter().add(Buffer.from("0\r\n\r\nmore"))).toThrow("after the last");
  });
});
