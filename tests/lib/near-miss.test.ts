import { expect, test } from "bun:test";
import { findNearMiss } from "../../src/lib/near-miss.ts";

const known = ["DATABASE_URL", "DATABASE_READ_URL", "PORT", "HOST", "SESSION_IDLE_MINUTES"];

test.each([
  ["DATABSE_URL", "DATABASE_URL"],
  ["DATABASE_ULR", "DATABASE_URL"],
  ["DATABASE_URLS", "DATABASE_URL"],
  ["SESION_IDLE_MINUTE", "SESSION_IDLE_MINUTES"],
  ["PROT", "PORT"],
  ["POST", "PORT"],
  ["DATABASE_URL", undefined],
  ["PATH", undefined],
  ["TZ", undefined],
  ["DATABASE_WRITE_URL", undefined],
])("%s may mean %s", (name, meant) => {
  expect(findNearMiss(name, known)).toBe(meant);
});
