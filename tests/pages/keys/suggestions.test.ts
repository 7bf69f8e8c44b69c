import { afterAll, beforeAll, expect, test } from "bun:test";
import { getApiKey } from "../../../src/domain/access/keys/find.ts";
import type { QuestionChoice } from "../../../src/domain/access/keys/question-form.ts";
import { listSuggestions } from "../../../src/domain/access/suggestions/list.ts";
import { type AdminAtPages, signInToPages } from "../../support/admin-pages.ts";
import { noon, startTestApp, type TestApp, zone } from "../../support/app.ts";
import { actor, makeAdmin, makePerson, makeProgram, makeWideKey, signIn } from "../../support/factories.ts";
import { readElements, readText } from "../../support/markup.ts";

let app: TestApp;
let admin: AdminAtPages;

beforeAll(async () => {
  app = await startTestApp();
  await makeAdmin(app);
  await makeProgram(app, { name: "Snow removal" });
  await makeProgram(app, { id: 2, adminName: "food-vouchers", name: "Food vouchers" });
  admin = await signInToPages(app);
});
afterAll(() => app.close());

/** A key of three months, that read snow removal 40 times on each of the last three days, from two neighbors. */
async function makeUsedKey(questions: QuestionChoice[] = []) {
  const { apiKey } = await makeWideKey(app, questions);
  const { client } = app.database;
  await client`alter table audit_events disable trigger audit_events_append_only`;
  await client`update audit_events set at = '2025-10-15T20:00:00Z' where api_key_id = ${apiKey.id}`;
  await client`alter table audit_events enable trigger audit_events_append_only`;
  const id = apiKey.id;
  const read = await client`select id from programs where slug = 'snow-removal'`;
  await client.unsafe(`
    insert into api_key_usage values (${id}, 120, '2026-01-15T19:00:00Z', '203.0.113.5');
    insert into api_key_daily_calls select ${id}, date '2026-01-15' - n, 40 from generate_series(0, 2) n;
    insert into api_key_address_calls
      select ${id}, date '2026-01-15' - n, '203.0.113.4'::inet + m, 20, '2026-01-13', '2026-01-15'
      from generate_series(0, 2) n, generate_series(0, 1) m;
    insert into api_key_program_calls select ${id}, ${read[0]?.id}, 'READ', date '2026-01-15' - n, 40
      from (values (0), (60)) v(n);
    insert into api_key_daily_refusals values (${id}, '2026-01-14', 'outside_subnet', 41)`);
  return getApiKey(app.database.db, { id, actor, now: noon });
}

test("a key's suggestions lead to forms that are filled in, are marked in the list, and can be dismissed for 90 days", async () => {
  const apiKey = await makeUsedKey();
  const path = `/admin/apiKeys/${apiKey.id}`;
  const page = await admin.open(path);
  for (const sentence of [
    "Take unused access away. No call used Read on Food vouchers and Write on Snow removal in the last 60 days.",
    "Make its subnets smaller. In the last 30 days, all 120 calls from 203.0.113.0/24 came from 203.0.113.4/31.",
    "Look into it. On Jan 14, 2026, 41 calls were refused, and 40 allowed.",
  ]) {
    expect(page.text).toContain(sentence);
  }
  expect((await admin.open("/admin/apiKeys")).text).toContain("3 suggestions");
  await makePerson(app, { email: "audit@example.org", roles: [{ role: "auditor" }] });
  const seen = await admin.open(path, { cookie: await signIn(app, "audit@example.org") });
  expect(seen.text).toContain("40 allowed. Only an admin can change keys.");
  expect(seen.text).not.toContain("Dismiss");

  const smaller = await admin.open(`${path}/narrow?suggestion=shrink_subnets`);
  expect(smaller.html).toContain(">\n203.0.113.4/31\n198.51.100.0/24<");
  const checked = (html: string) => [...html.matchAll(/name="(grant-[^"]+)"[^>]* checked/g)].map(([, name]) => name);
  expect(checked(smaller.html)).toHaveLength(3);
  const fewer = await admin.open(`${path}/narrow?suggestion=take_grants_away`);
  expect(checked(fewer.html)).toEqual(["grant-program-read[snow-removal]"]);
  const madeUp = await admin.open(`${path}/narrow?suggestion=retire&subnet=203.0.113.9/32`);
  expect(checked(madeUp.html)).toHaveLength(3);
  expect(madeUp.html).not.toContain("203.0.113.9/32");

  const asked = await admin.open(`${path}/dismiss?suggestion=shrink_subnets`);
  expect(asked.text).toContain("Nobody sees this suggestion for 90 days.");
  const dismiss = (note: string) => admin.send(`${path}/dismiss`, { suggestion: "shrink_subnets", note });
  expect((await dismiss("\u0001")).response.status).toBe(422);
  const done = await dismiss("Second site in spring.");
  expect([done.response.status, done.response.headers.get("location")]).toEqual([303, path]);
  const after = await admin.open(path);
  expect(after.text).not.toContain("Make its subnets smaller");
  expect(after.text).toContain("Look into it.");
  const [event] = await app.database.client`select action, actor, details from audit_events order by id desc limit 1`;
  expect(event).toEqual({
    action: "api_key.suggestion_dismissed",
    actor: "ada@example.org",
    details: {
      name: apiKey.name,
      keyId: apiKey.keyId,
      suggestion: "shrink subnets",
      note: "Second site in spring.",
    },
  });
  const kinds = async () => {
    const found = await listSuggestions(app.database.db, { apiKeys: [apiKey], zone, now: noon });
    return found.get(apiKey.id)?.map(({ kind }) => kind);
  };
  const dismissedFor = (days: number) =>
    app.database.client`update dismissed_suggestions set dismissed_at = now() - ${days} * interval '1 day'`;
  await dismissedFor(89);
  expect(await kinds()).toEqual(["take_grants_away", "look_into"]);
  await dismissedFor(91);
  expect(await kinds()).toEqual(["take_grants_away", "shrink_subnets", "look_into"]);
  expect(readText(after.html)).toContain("dismissed");
});

/** What the inputs of a page's forms would send. */
const fieldsOf = (html: string): Record<string, string> =>
  Object.fromEntries(
    readElements(html).flatMap(({ tag, attributes }) => {
      const isBox = /^(checkbox|radio)$/.test(attributes.get("type") ?? "");
      const [name, value] = [attributes.get("name"), attributes.get("value")];
      return tag !== "input" || name === undefined || value === undefined || (isBox && !attributes.has("checked"))
        ? []
        : [[name, value]];
    }),
  );

test("a suggestion's form keeps which questions the key sees, and so does the review", async () => {
  const questions = { mode: "except" as const, keys: ["applicant_name"] };
  const { id } = await makeUsedKey([{ slug: "snow-removal", ...questions }]);
  const path = `/admin/apiKeys/${id}/narrow`;
  const form = await admin.open(`${path}?suggestion=shrink_subnets`);
  const [, subnet = ""] = /name="subnet"[^>]*>\n?([^<]*)</.exec(form.html) ?? [];
  const review = await admin.send(path, { ...fieldsOf(form.html), subnet, note: "" });
  expect(review.text).toContain("Review the changes to");
  expect(review.text).not.toContain("applicant_name");
  const saved = await admin.send(path, fieldsOf(review.html));
  expect(saved.response.headers.get("location")).toBe(`/admin/apiKeys/${id}?narrowed=saved`);
  const { subnets, grants } = await getApiKey(app.database.db, { id, actor, now: noon });
  expect(subnets).toContain("203.0.113.4/31");
  const read = grants.find(({ slug, permission }) => slug === "snow-removal" && permission === "READ");
  expect([grants.length, read?.questions]).toEqual([3, questions]);
});

test("nothing is suggested about a key that is retired, or whose usage is not to be seen", async () => {
  const apiKey = await makeUsedKey();
  const asked = [
    { ...apiKey, state: "retired" as const },
    { ...apiKey, callCount: null },
  ];
  for (const key of asked) {
    expect(await listSuggestions(app.database.db, { apiKeys: [key], zone, now: noon })).toEqual(new Map());
  }
});
