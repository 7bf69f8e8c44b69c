import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { pageSizeMax } from "../../../../src/domain/civiform/sync/client.ts";
import { SyncFailure } from "../../../../src/domain/civiform/sync/failure.ts";
import { readSourcePage } from "../../../../src/domain/civiform/sync/page.ts";
import { createPageOrder } from "../../../../src/domain/civiform/sync/page-order.ts";
import { describeRejection, readApplicationId } from "../../../../src/domain/civiform/sync/rejection.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const readText = (text: string) => {
  const { payload, nextPageToken } = readSourcePage(bytesOf(text));
  return { payload: new TextDecoder().decode(payload), nextPageToken };
};
const refusal = expect.objectContaining({ code: "bad_answer" });
const isRefused = (act: () => unknown) => {
  try {
    act();
    return false;
  } catch (error) {
    if (!(error instanceof SyncFailure)) throw error;
    expect(error).toEqual(refusal);
    return true;
  }
};

describe("a page of a source", () => {
  test("is taken apart without touching its records", () => {
    const payload = '[ {"a":"]}\\\\\\"[" , "n":1.0e2}, {"payload":[],"nextPageToken":"no"} ]';
    expect(readText(`{"payload":${payload},"nextPageToken":"ab+/c=="}`)).toEqual({
      ...{ payload, nextPageToken: "ab+/c==" },
    });
    expect(readText(`{"nextPageToken":null,"payload":${payload}}`)).toEqual({
      ...{ payload, nextPageToken: null },
    });
  });

  test("gives back any records and any token, whatever is in them", () => {
    const token = fc.stringMatching(/^[!-~]{1,200}$/);
    const page = fc.record({
      payload: fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 5 }),
      nextPageToken: fc.option(token),
    });
    fc.assert(
      fc.property(page, fc.boolean(), fc.constantFrom(0, 2), (given, isReversed, indent) => {
        const entries = Object.entries(given);
        const object = Object.fromEntries(isReversed ? entries.toReversed() : entries);
        const read = readText(JSON.stringify(object, null, indent));
        expect(JSON.parse(read.payload)).toEqual(JSON.parse(JSON.stringify(given.payload)));
        expect(read.nextPageToken).toBe(given.nextPageToken);
      }),
    );
  });

  const bad = [
    "",
    "null",
    "[]",
    "{}",
    '{"payload":[]}',
    '{"nextPageToken":null}',
    '{"payload":{},"nextPageToken":null}',
    '{"payload":null,"nextPageToken":null}',
    '{"payload":[],"nextPageToken":""}',
    '{"payload":[],"nextPageToken":5}',
    '{"payload":[],"nextPageToken":["x"]}',
    '{"payload":[],"nextPageToken":"a b"}',
    '{"payload":[],"nextPageToken":"a\\r\\nAuthorization: x"}',
    `{"payload":[],"nextPageToken":"${"x".repeat(20_000)}"}`,
    `{"payload":[],"nextPageToken":null,"more":"${"x".repeat(70_000)}"}`,
    '{"payload":[],"payload":[{}],"nextPageToken":null}',
    '{"other":[{}],"payload":[{}],"nextPageToken":null}',
    '{"payload":[{},"nextPageToken":null}',
    '{"payload":[],"nextPageToken":null}{}',
    '{"payload":[],"nextPageToken":null',
    '{"payload":["',
    '{"payload":["\\',
    "]]]]",
    "<html>",
    "[".repeat(100_000),
  ];
  for (const text of bad) {
    test(`is refused when it is ${text.slice(0, 60)}`, () => {
      expect(isRefused(() => readText(text))).toBe(true);
    });
  }

  test("throws nothing but a refusal on any bytes", () => {
    const part = fc.constantFrom("{", "}", "[", "]", '"', "\\", ",", ":", "payload", "null", "1");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        isRefused(() => readText(parts.join("")));
      }),
      { numRuns: 500 },
    );
  });
});

describe("the order of a page", () => {
  const at = "2026-01-01T00:00:00Z";
  const order = (lowest: bigint | null = null, pageToken: string | null = null) =>
    createPageOrder({ lowestApplicationId: lowest, pageToken });
  const page = (nextPageToken: string | null) => ({ payload: new Uint8Array(), nextPageToken });

  test("is that ids fall, within a page and from one to the next", () => {
    const watch = order(100n);
    watch.add("99", at);
    watch.add("-5", at);
    expect(watch.end(page("next"))).toMatchObject({ lowestApplicationId: -5n });
    for (const id of ["100", "101"]) expect(isRefused(() => order(100n).add(id, at))).toBe(true);
    const twice = order();
    twice.add("7", at);
    expect(isRefused(() => twice.add("7", at))).toBe(true);
  });

  test("is not kept by a page that promises more and leads nowhere", () => {
    expect(isRefused(() => order().end(page("next")))).toBe(true);
    expect(order().end(page(null))).toEqual({ lowestApplicationId: null, newestSubmitTime: null });
    const loop = order(100n, "same");
    loop.add("5", at);
    expect(isRefused(() => loop.end(page("same")))).toBe(true);
    const garbage = order(5n);
    garbage.pass(null);
    garbage.pass("5");
    expect(isRefused(() => garbage.end(page("next")))).toBe(true);
  });

  test("has as many applications as were asked for, bad ones included", () => {
    const watch = order();
    for (let id = pageSizeMax; id > 1; id -= 1) watch.add(String(id), at);
    watch.pass(null);
    expect(isRefused(() => watch.pass(null))).toBe(true);
  });

  test("tells the newest time, to the microsecond", () => {
    const watch = order();
    const times = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000001Z", "2025-12-31T23:59:59.999Z"];
    for (const [index, time] of times.entries()) watch.add(String(-index), time);
    expect(watch.end(page(null)).newestSubmitTime).toBe(times[1] ?? "");
  });
});

describe("a record that is left out", () => {
  test("is named by its id where it has one", () => {
    const describeIt = (record: string, problem: string) =>
      describeRejection({ message: `Record 3: ${problem}`, bytes: bytesOf(record) });
    expect(describeIt('{"application_id":12}', "it is: odd.")).toBe("Application 12: it is: odd.");
    for (const record of ["{", "[]", '{"application_id":"12"}', '{"application_id":1e9}', "5"]) {
      expect(describeIt(record, "odd.")).toBe("Record 3: odd.");
    }
    expect(readApplicationId(bytesOf('{"application_id":9999999999999999999}'))).toBeNull();
    expect(describeRejection({ message: "Record 1: long.", bytes: null })).toBe("Record 1: long.");
  });

  test("says nothing that a terminal or a page would obey, nor without end", () => {
    const text = describeRejection({
      message: `Record 3: name is "\u001b[2J\u202e\n${"x".repeat(9999)}"`,
      bytes: null,
    });
    expect(text).not.toMatch(/\p{C}/u);
    expect(text.length).toBeLessThanOrEqual(500);
  });
});
