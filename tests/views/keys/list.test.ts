import { describe, expect, test } from "bun:test";
import { type ApiKeysPageProps, apiKeysPage } from "../../../src/views/keys/list.tsx";
import { elementById, hrefsIn, readText } from "../../support/markup.ts";
import { sampleKey, samplePage } from "../../support/view-samples.ts";

const page = samplePage({ href: (name) => `/assets/${name}`, version: "0.1.0" });

const listOf = (given: Partial<ApiKeysPageProps> = {}): ApiKeysPageProps => ({
  page,
  state: "active",
  counts: { active: 3, retired: 2, expired: 1 },
  apiKeys: [sampleKey()],
  hasMore: false,
  search: "",
  expiringOnly: false,
  calls: new Map(),
  ...given,
});

describe("the list of API keys", () => {
  test("shows every fact of a key", () => {
    const text = readText(apiKeysPage(listOf()));
    const facts = [
      "Housing back end cvk_4Xr9TqLw2ZpVn8sKd3Yb1A",
      "Created Sep 2, 2026 by maria.gonzalez@seattle.example.gov",
      "Expires on Sep 1, 2027 282 days left",
      "Last used 3 minutes ago from 203.0.113.9",
      "Call count 12,431",
      "Allowed subnets 203.0.113.0/24 256 addresses",
      "Housing assistance housing-assistance READ",
      "Retire key",
    ];
    for (const fact of facts) expect(text).toContain(fact);
  });

  test("shows a program once, with all that the key may do there", () => {
    const of = (slug: string, permission: "READ" | "WRITE") => ({
      programName: "Same name",
      slug,
      permission,
    });
    // In the order of the database: by name, then permission.
    const grants = [of("one", "READ"), of("two", "READ"), of("one", "WRITE"), of("three", "WRITE")];
    const text = readText(apiKeysPage(listOf({ apiKeys: [sampleKey({ grants })] })));
    expect(text).toContain("Same name one READ, WRITE Same name two READ Same name three WRITE");
    expect(text.match(/Same name one/g)).toHaveLength(1);
  });

  test("says Never for a key that was never used", () => {
    const apiKeys = [sampleKey({ lastUsedAt: null, lastUsedAddress: null, callCount: 0 })];
    expect(readText(apiKeysPage(listOf({ apiKeys })))).toContain("Last used Never");
  });

  test("says who retired a key, and offers no second retire", () => {
    const retired = { retiredAt: new Date("2026-11-11T18:30:00Z"), retiredBy: "li@example.org" };
    const apiKeys = [sampleKey({ state: "retired", ...retired })];
    const html = apiKeysPage(listOf({ state: "retired", apiKeys }));
    expect(readText(html)).toContain("Retired Nov 11, 2026 by li@example.org");
    expect(hrefsIn(html)).not.toContain("/admin/apiKeys/7/retire");
  });

  test("marks a key that expires soon, and no other", () => {
    const soon = sampleKey({ expiration: new Date("2026-11-29T08:00:00Z") });
    expect(readText(apiKeysPage(listOf({ apiKeys: [soon] })))).toContain("Expires in 6 days");
    expect(readText(apiKeysPage(listOf()))).not.toContain("Expires in");
  });

  test("keeps the search in tabs and in the next page, and nothing that is empty", () => {
    const searched = apiKeysPage(listOf({ search: "a&b", hasMore: true, expiringOnly: true }));
    expect(hrefsIn(searched)).toContain("/admin/apiKeys/retired?q=a%26b");
    expect(hrefsIn(searched)).toContain("/admin/apiKeys?q=a%26b&expiring=true&before=7");
    expect(hrefsIn(apiKeysPage(listOf({ hasMore: true })))).toContain("/admin/apiKeys?before=7");
  });

  test("marks the open tab, and posts the search to it", () => {
    const html = apiKeysPage(listOf({ state: "expired" }));
    expect(elementById(html, "tab-expired").attributes.get("aria-current")).toBe("page");
    expect(elementById(html, "tab-active").attributes.has("aria-current")).toBeFalse();
    expect(elementById(html, "search").attributes.get("action")).toBe("/admin/apiKeys/expired");
  });

  test("names the tabs where a search without result would have found something", () => {
    const nothing = {
      apiKeys: [],
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
