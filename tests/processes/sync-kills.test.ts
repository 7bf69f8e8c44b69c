import { expect, test } from "bun:test";
import { syncUnderKills } from "../support/sync-kills.ts";

test("a sync that is killed again and again ends with both sides equal, record by record", async () => {
  const applications = 600;
  const outcome = await syncUnderKills({
    ...{ applications, kills: 3, pageSize: 50, skipsLeases: true },
  });
  expect(outcome.killedAt).toHaveLength(3);
  expect(outcome.different).toBe(0);
  expect(outcome.counts).toEqual([applications, applications]);
  // Every page was written once: nothing was read again because of a kill.
  expect(outcome.answer).toMatchObject({
    ...{ read: applications, inserted: applications, updated: 0, unchanged: 0, rejected: 0, erased: 0 },
    ...{ full: true, resumed: true },
  });
  expect(outcome.check).toMatchObject({ read: applications, inserted: 0, updated: 0 });
  expect(outcome.events).toMatchObject([{ outcome: "complete", inserted: applications }]);
});
