import { describe, expect, test } from "bun:test";
import { newestFirst } from "../../../src/domain/access/keys/order.ts";
import { allQuestions } from "../../../src/domain/access/questions.ts";
import { type ApiKeysPageProps, apiKeysPage } from "../../../src/views/keys/list.tsx";
import { elementById, hrefsIn, readText } from "../../support/markup.ts";
import { pageOf } from "../../support/page-walk.ts";
import { sampleKey, samplePage } from "../../support/view-samples.ts";

const page = samplePage({ href: (name) => `/assets/${name}`, version: "0.1.0" });

const listOf = (given: Partial<ApiKeysPageProps> = {}): ApiKeysPageProps => ({
  page,
  state: "active",
  counts: { active: 3, retired: 2, expired: 1 },
  found: pageOf([sampleKey()]),
  order: newestFirst,
  search: "",
  expiringOnly: false,
  calls: new Map(),
  refused: new Map([[7, 1204]]),
  firstSteps: null,
  ...given,
});

describe("the list of API keys", () => {
  test("shows every fact of a key in a row, and its actions in a menu", () => {
    const text = readText(apiKeysPage(listOf()));
    const facts = [
      "Housing back end integrations@housing.example.org",
      "Active 282 days left",
      "Sep 1, 2027",
      "3 minutes ago from 203.0.113.9",
      "12,431",
      "1,204 refused calls of Housing back end",
      "Housing assistance",
      "Actions for Housing back end cvk_4Xr9TqLw2ZpVn8sKd3Yb1A",
      "Show details Housing back end Rotate key Housing back end Edit or restrict Housing back end Retire key Housing back end",
    ];
    let from = 0;
    for (const fact of facts) {
      expect(text.slice(from)).toContain(fact);
      from = text.indexOf(fact, from);
    }
  });

  test("names two programs of a key, each once, and how many more there are", () => {
    const of = (slug: string, permission: "READ" | "WRITE") => ({
      programName: `Program ${slug}`,
      slug,
      permission,
      questions: allQuestions,
    });
    // In the order of the database: by name, then permission.
    const grants = [of("a", "READ"), of("a", "WRITE"), of("b", "READ"), of("c", "READ"), of("d", "WRITE")];
    const html = apiKeysPage(listOf({ found: pageOf([sampleKey({ grants })]) }));
    expect(readText(html)).toContain("Program a, Program b +2 more programs of Housing back end");
    expect(hrefsIn(html)).toContain("/admin/apiKeys/7#programs");
  });

  test("sorts by a click on a heading, and the other way round by a second one", () => {
    const hrefs = hrefsIn(apiKeysPage(listOf({ search: "a", order: { by: "lastUsed", isDescending: true } })));
    expect(hrefs.filter((href) => href.includes("apiKeys?q=a&sort=") || href === "/admin/apiKeys?q=a")).toEqual([
      "/admin/apiKeys?q=a",
      "/admin/apiKeys?q=a&sort=name",
      "/admin/apiKeys?q=a&sort=expires",
      "/admin/apiKeys?q=a&sort=lastUsed",
      "/admin/apiKeys?q=a&sort=-calls",
    ]);
  });

  test("says Never for a key that was never used", () => {
    const apiKeys = [sampleKey({ lastUsedAt: null, lastUsedAddress: null, callCount: 0 })];
    expect(readText(apiKeysPage(listOf({ found: pageOf(apiKeys) })))).toContain("Sep 1, 2027 Never 0");
  });

  test("says who retired a key, and offers no second retire", () => {
    const retired = { retiredAt: new Date("2026-11-11T18:30:00Z"), retiredBy: "li@example.org" };
    const apiKeys = [sampleKey({ state: "retired", ...retired })];
    const html = apiKeysPage(listOf({ state: "retired", found: pageOf(apiKeys) }));
    expect(readText(html)).toContain("Retired Nov 11, 2026 by li@example.org");
    expect(hrefsIn(html)).not.toContain("/admin/apiKeys/7/retire");
  });

  test("marks a key that expires soon, and no other", () => {
    const soon = sampleKey({ expiration: new Date("2026-11-29T08:00:00Z") });
    expect(readText(apiKeysPage(listOf({ found: pageOf([soon]) })))).toContain("Expires in 6 days");
    expect(readText(apiKeysPage(listOf()))).not.toContain("Expires in");
  });

  test("keeps the search and the order in the pages around, and nothing that is empty", () => {
    const order = { by: "name", isDescending: true } as const;
    const [first, last] = [
      { id: 9, value: "b&c" },
      { id: 7, value: "a.b" },
    ];
    const total = { count: 1268, hasMore: false };
    const page2 = { ...pageOf([sampleKey()], { skipped: 25, total }), previous: first, next: last };
    const searched = apiKeysPage(listOf({ found: page2, search: "a&b", expiringOnly: true, order }));
    const query = "/admin/apiKeys?q=a%26b&expiring=true&sort=-name";
    expect(hrefsIn(searched)).toContain("/admin/apiKeys/retired?q=a%26b");
    expect(hrefsIn(searched)).toContain(`${query}&after=7.a.b`);
    expect(hrefsIn(searched)).toContain(`${query}&before=9.b%26c`);
    expect(readText(searched)).toContain("26–26 of 1,268");
    expect(hrefsIn(searched)).toContain("/admin/apiKeys/download?q=a%26b&expiring=true&sort=-name");
  });

  test("marks the open tab, and posts the search to it", () => {
    const html = apiKeysPage(listOf({ state: "expired" }));
    expect(elementById(html, "tab-expired").attributes.get("aria-current")).toBe("page");
    expect(elementById(html, "tab-active").attributes.has("aria-current")).toBeFalse();
    expect(elementById(html, "search").attributes.get("action")).toBe("/admin/apiKeys/expired");
  });

  test("names the tabs where a search without result would have found something", () => {
    const nothing = {
      found: pageOf([]),
      counts: { active: 0, retired: 1, expired: 0 },
      search: "vendor",
    };
    const html = apiKeysPage(listOf(nothing));
    expect(readText(html)).toContain("No active API keys found for “vendor”.");
    expect(readText(html)).toContain("The search finds 1 retired key");
  });

  test("is the same as a fragment, without the document around it", () => {
    const fragment = apiKeysPage(listOf({ page: { ...page, isFragment: true } }));
    expect(fragment).toStartWith("<title>API keys – CiviKey</title>");
    expect(fragment).not.toContain("<html");
    expect(apiKeysPage(listOf())).toContain(fragment.slice(fragment.indexOf("</title>") + 8));
  });
});
