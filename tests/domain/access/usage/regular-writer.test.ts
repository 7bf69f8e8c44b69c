import { expect, test } from "bun:test";
import { writeRegularly } from "../../../../src/domain/access/usage/regular-writer.ts";

test("the lag is the time since all was written, and grows while nothing can be", async () => {
  let isWritten = false;
  const writer = writeRegularly(async () => isWritten);
  await Bun.sleep(30);
  await writer.flush();
  const lag = writer.lagMs();
  expect(lag).toBeGreaterThanOrEqual(29);
  await writer.flush();
  expect(writer.lagMs()).toBeGreaterThanOrEqual(lag);
  isWritten = true;
  await writer.flush();
  expect(writer.lagMs()).toBeLessThan(lag);
  await writer.close();
});

test("a flush writes what was gathered while a write ran already", async () => {
  const gathered = [1];
  const written: number[] = [];
  const writer = writeRegularly(async () => {
    const taken = gathered.splice(0);
    await Bun.sleep(1);
    written.push(...taken);
    return true;
  });
  const first = writer.flush();
  await Promise.resolve();
  gathered.push(2);
  await writer.flush();
  expect(written).toEqual([1, 2]);
  await first;
  await writer.close();
});
