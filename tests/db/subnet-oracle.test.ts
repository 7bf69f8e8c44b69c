import { afterAll, beforeAll, expect, test } from "bun:test";
import { isInside, parseAddress, parseSubnet } from "../../src/lib/net/subnets.ts";
import vectors from "../fixtures/vectors/subnets.json" with { type: "json" };
import { openTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

test("PostgreSQL finds the same addresses inside the same subnets as the rules do", async () => {
  // PostgreSQL keeps IPv4-mapped addresses apart, which the rules fold: those are the vectors' to judge.
  const cases = vectors.membership
    .filter(({ ip }) => parseAddress(ip) !== undefined && !/^::ffff:/i.test(ip))
    .map(({ subnets, ip }) => ({
      ip,
      subnets: subnets.flatMap((text) => parseSubnet(text)?.text ?? []),
    }));
  const answers = await database.client<{ inside: boolean }[]>`
    select (c ->> 'ip')::inet <<= any (
      select jsonb_array_elements_text(c -> 'subnets')::cidr) as inside
    from jsonb_array_elements(${JSON.stringify(cases)}::text::jsonb) with ordinality as t (c, n)
    order by n`;
  expect(answers).toHaveLength(cases.length);
  expect(cases.length).toBeGreaterThan(1000);
  const ours = cases.map(({ ip, subnets }) => {
    const address = parseAddress(ip);
    const parsed = subnets.flatMap((text) => parseSubnet(text) ?? []);
    return address !== undefined && isInside(address, parsed);
  });
  expect(ours).toEqual(answers.map(({ inside }) => inside));
});
