import { afterAll, beforeAll, expect, test } from "bun:test";
import { parseAddress } from "../../src/lib/net/subnets.ts";
import vectors from "../fixtures/vectors/subnets.json" with { type: "json" };
import { openTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

test("PostgreSQL finds the same addresses inside the same subnets as the vectors of our rules do", async () => {
  // PostgreSQL keeps IPv4-mapped addresses apart, which the rules fold: those are the vectors' to judge.
  const isMapped = (text: string) => /^::ffff:/i.test(text);
  const cases = vectors.membership.filter(
    ({ ip, subnets }) => parseAddress(ip) !== undefined && ![ip, ...subnets].some(isMapped),
  );
  const answers = await database.client<{ inside: boolean }[]>`
    select (c ->> 'ip')::inet <<= any (
      select network(jsonb_array_elements_text(c -> 'subnets')::inet)) as inside
    from jsonb_array_elements(${JSON.stringify(cases)}::text::jsonb) with ordinality as t (c, n)
    order by n`;
  expect(cases.length).toBeGreaterThan(1000);
  expect(answers.map(({ inside }) => inside)).toEqual(cases.map(({ allowed }) => allowed));
});
