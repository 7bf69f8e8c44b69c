import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTestApp, type TestApp } from "./support/app.ts";
import { makeAdmin, makeKey, makeProgram, signIn } from "./support/factories.ts";
import { createLeakHunt, leakHunt } from "./support/leak-hunt.ts";

// The search itself runs in `setup.ts`, after the last test. These tests prove that it would find a leak.
const secret = "cvs_3nGq8ZtB5vKx1LpW7cRm9YdJ2hFs6TaE4uQo0iNbVkX8wPz1Ly";
const leaksIn = async (text: string) => {
  const hunt = createLeakHunt();
  hunt.search("a log line", text);
  hunt.expectNowhere("the secret", secret);
  hunt.expectNowhere("the phrase", "a quiet walk by the river");
  return hunt.findLeaks();
};
const found = [{ secret: "the secret", place: "a log line" }];

describe("the hunt for leaks finds a secret", () => {
  const places: Record<string, string> = {
    alone: secret,
    "in JSON": JSON.stringify({ a: [secret] }),
    "in a row of the database": `(1,"{""key"": ""${secret}""}",,2026-01-01)`,
    "in markup": `<code>${secret}</code>`,
    "in an address": `/api/v1/${secret}?x=1`,
    "in an encoded address": encodeURIComponent(`next=/${secret}&`).replace("cvs", "%63vs"),
    "between other letters": `abc${secret}xyz`,
  };
  test.each(Object.entries(places))("%s", async (_name, text) => {
    expect(await leaksIn(text)).toEqual(found);
  });

  test("that was issued after the text was seen, and no secret that is not in it", async () => {
    expect(await leaksIn(secret.slice(0, -1))).toEqual([]);
    expect(await leaksIn(secret.toLowerCase())).toEqual([]);
  });

  test("of several words, in an answer", async () => {
    const hunt = createLeakHunt();
    hunt.expectNowhere("the phrase", "a quiet walk by the river");
    hunt.searchAnswer("a page", new Response("it is a quiet walk by the river."));
    expect(await hunt.findLeaks()).toEqual([{ secret: "the phrase", place: "a page" }]);
  });
});

describe("this run's hunt", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
    await makeAdmin(app);
    await makeProgram(app);
  });
  afterAll(() => app.close());

  test("knows the keys and sessions that tests create, and searches logs and pages", async () => {
    const before = { secrets: leakHunt.secretCount, texts: leakHunt.textCount };
    const cookie = await signIn(app);
    await makeKey(app);
    await (await app.request("/admin/apiKeys", { headers: { cookie } })).text();
    await leakHunt.findLeaks();
    // A session; the key's secret and token.
    expect(leakHunt.secretCount - before.secrets).toBe(3);
    // Two log lines, two answers with a text.
    expect(leakHunt.textCount - before.texts).toBeGreaterThanOrEqual(3);
  });
});
