import { expect, test } from "bun:test";
import { takeTurns } from "../../../src/lib/limits/turns.ts";

test("long work lets others have their turn again and again", async () => {
  const events: string[] = [];
  const turn = takeTurns();
  for (let step = 0; step < 3; step += 1) {
    setImmediate(() => events.push("another"));
    for (const startedMs = performance.now(); performance.now() - startedMs < 11; );
    await turn();
    events.push("a step");
  }
  expect(events).toEqual(["another", "a step", "another", "a step", "another", "a step"]);
});
