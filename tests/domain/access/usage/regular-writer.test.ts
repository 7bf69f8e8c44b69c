import { expect, test } from "bun:test";
import { writeRegularly } from "../../../../src/domain/access/usage/regular-writer.ts";

test("the lag is the time since everything was last written, and grows while writing fails", async () => {
  let isAway = true;
  const reported: unknown[] = [];
  const writer = writeRegularly<number>({
    takeAll: () => [1],
    putBack() {},
    async write() {
      if (isAway) throw new Error("no database");
    },
    report: (error) => reported.push(error),
  });
  await Bun.sleep(30);
  await writer.flush();
  const lag = writer.lagMs();
  expect(lag).toBeGreaterThanOrEqual(29);
  await writer.flush();
  expect(writer.lagMs()).toBeGreaterThanOrEqual(lag);
  expect(reported).toHaveLength(2);
  isAway = false;
  await writer.flush();
  expect(writer.lagMs()).toBeLessThan(lag);
  await writer.close();
});

test("a flush also writes what was gathered during a running write", async () => {
  const gathered = [1];
  const written: number[] = [];
  const writer = writeRegularly<number>({
    takeAll: () => gathered.splice(0),
    putBack: (numbers) => gathered.push(...numbers),
    async write(numbers) {
      await Bun.sleep(1);
      written.push(...numbers);
    },
    report(error) {
      throw error;
    },
  });
  const first = writer.flush();
  await Promise.resolve();
  gathered.push(2);
  await writer.flush();
  expect(written).toEqual([1, 2]);
  await first;
  await writer.close();
});
