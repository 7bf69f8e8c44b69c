import { describe, expect, test } from "bun:test";
import { createGate, type GateOptions } from "../../../src/db/reads/gate.ts";

/** A gate, and calls whose work takes until `endOne` or `endAll`. */
function start(options: Partial<GateOptions>) {
  const gate = createGate({ runningMax: 1, waitingMax: 6, patienceMs: 60_000, ...options });
  const ends: (() => void)[] = [];
  /** Who ran, in the order in which they started. */
  const ran: string[] = [];
  /** Tells how the call ended: with "done", or the reason for which it was sent away. */
  const call = (name: string, apiKeyId = 1, visit: { isUnderWay?: boolean; signal?: AbortSignal } = {}) => {
    const work = async () => {
      ran.push(name);
      await new Promise<void>((resolve) => ends.push(resolve));
      return "done";
    };
    return gate
      .run(work, { apiKeyId, signal: new AbortController().signal, ...visit })
      .catch((error: Error) => error.message);
  };
  const endAll = async () => {
    for (let end = ends.shift(); end !== undefined; end = ends.shift()) {
      end();
      await Bun.sleep(0);
    }
  };
  return { call, ran, endAll };
}

const full = "Too many calls are waiting.";

test("a limited number run, a limited number wait, and the next is sent away at once", async () => {
  const { call, ran, endAll } = start({ runningMax: 2, waitingMax: 2 });
  const calls = ["a", "b", "c", "d"].map((name) => call(name));
  expect(await call("e")).toBe(full);
  expect(ran).toEqual(["a", "b"]);
  await endAll();
  expect(await Promise.all(calls)).toEqual(["done", "done", "done", "done"]);
  expect(ran).toEqual(["a", "b", "c", "d"]);
});

test("who waits too long or hangs up leaves the line, and does not run later", async () => {
  const { call, ran, endAll } = start({ patienceMs: 1, waitingMax: 1 });
  const running = call("running");
  expect(await call("late")).toBe("The wait was too long.");
  const leaving = new AbortController();
  const left = call("left", 1, { signal: leaving.signal });
  leaving.abort();
  expect(await left).toBe("The caller hung up.");
  expect(await call("gone", 1, { signal: leaving.signal })).toBe("The caller hung up.");
  await endAll();
  expect(await running).toBe("done");
  expect(ran).toEqual(["running"]);
});

describe("a key with very many calls", () => {
  test("makes room for another key's calls, until both have equally many in the line", async () => {
    const { call, endAll } = start({});
    const greedy = [0, 1, 2, 3, 4, 5, 6].map((index) => call(`greedy ${index}`));
    const other = [0, 1, 2].map((index) => call(`other ${index}`, 2));
    // Its last ones are sent away, as if they had come too late.
    expect(await Promise.all(greedy.slice(4))).toEqual([full, full, full]);
    expect(await call("other 3", 2)).toBe(full);
    expect(await call("greedy 7")).toBe(full);
    await endAll();
    expect(new Set(await Promise.all([...greedy.slice(0, 4), ...other]))).toEqual(new Set(["done"]));
  });

  test("takes turns with other keys, however many of its calls came first", async () => {
    const { call, ran, endAll } = start({});
    for (const name of ["a1", "a2", "a3", "a4"]) call(name, 1);
    for (const name of ["b1", "b2"]) call(name, 2);
    await endAll();
    expect(ran).toEqual(["a1", "a2", "b1", "a3", "b2", "a4"]);
  });
});

test("a stream under way waits as long as its caller, and takes no place of the line", async () => {
  const { call, endAll } = start({ waitingMax: 1, patienceMs: 1 });
  const running = call("running");
  const streams = [0, 1, 2].map((index) => call(`stream ${index}`, 1, { isUnderWay: true }));
  expect(await call("call")).toBe("The wait was too long.");
  await endAll();
  expect(await Promise.all([running, ...streams])).toEqual(["done", "done", "done", "done"]);
});
