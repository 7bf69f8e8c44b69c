import { expect, test } from "bun:test";
import { createUsageTallies, otherAddresses } from "../../../../src/domain/access/usage/tallies.ts";

const at = (second: number) => new Date(Date.UTC(2026, 0, 15, 12, 0, second));
const dayOf = (time: Date) => time.toISOString().slice(0, 10);

test("calls are counted by key, day, address and grant, and what is put back is added to what came since", () => {
  const tallies = createUsageTallies(dayOf);
  const call = (address: string, second: number) => tallies.countCall({ apiKeyId: 1, address, at: at(second) });
  const grant = () => tallies.countGrant({ apiKeyId: 1, programId: 7, permission: "READ", at: at(0) });
  call("10.0.0.1", 1);
  call("10.0.0.2", 5);
  grant();
  const failed = tallies.takeAll();
  expect(tallies.takeAll()).toEqual([]);
  grant();
  call("10.0.0.1", 3);
  tallies.putBack(failed);
  const ofKey = { apiKeyId: 1, day: "2026-01-15" };
  const inTurn = tallies.takeAll().toSorted((a, b) => (a.address ?? "").localeCompare(b.address ?? ""));
  expect(inTurn).toEqual([
    { ...ofKey, programId: 7, permission: "READ", calls: 2, firstAt: at(0), lastAt: at(0) },
    { ...ofKey, address: "10.0.0.1", lastAddress: "10.0.0.1", calls: 2, firstAt: at(1), lastAt: at(3) },
    { ...ofKey, address: "10.0.0.2", lastAddress: "10.0.0.2", calls: 1, firstAt: at(5), lastAt: at(5) },
  ]);
});

test("a key that is called from ever more addresses fills neither memory nor disk, and no call of it is lost", () => {
  const tallies = createUsageTallies(dayOf);
  const call = (number: number, time = at(0)) =>
    tallies.countCall({ apiKeyId: 1, address: `2001:db8::${number}`, at: time });
  const takeAddresses = () => tallies.takeAll().map(({ address }) => address);
  for (let number = 0; number < 5000; number += 1) call(number);
  const taken = tallies.takeAll();
  expect(taken).toHaveLength(501);
  expect(taken.at(-1)).toMatchObject({ address: otherAddresses, calls: 4500, lastAddress: "2001:db8::4999" });
  // Also after they were written, for the rest of the day.
  expect(tallies.takeAll()).toEqual([]);
  call(499);
  call(500);
  expect(takeAddresses()).toEqual(["2001:db8::499", otherAddresses]);
  call(500, new Date("2026-01-16T00:00:00Z"));
  expect(takeAddresses()).toEqual(["2001:db8::500"]);
});
