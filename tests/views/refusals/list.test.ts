import { describe, expect, test } from "bun:test";
import type { RefusalReason } from "../../../src/domain/access/authentication.ts";
import { rules } from "../../../src/domain/access/authentication.ts";
import type { Refusal } from "../../../src/domain/access/refusals/list.ts";
import { type RefusalsPageProps, refusalsPage } from "../../../src/views/refusals/list.tsx";
import { explainRefusal, reasonNames } from "../../../src/views/refusals/reasons.ts";
import { readElements, readText } from "../../support/markup.ts";
import { pageOf } from "../../support/page-walk.ts";
import { refusalOverview, sampleRefusal, sampleRefusedKey } from "../../support/refusal-samples.ts";
import { samplePage } from "../../support/view-samples.ts";

const page = samplePage({ href: (name) => `/assets/${name}`, version: "0.1.0" });
const listOf = (given: Partial<RefusalsPageProps> = {}): RefusalsPageProps => ({
  page,
  found: pageOf([sampleRefusal()]),
  reason: null,
  search: "",
  apiKey: null,
  ...{ ...refusalOverview, daily: [], groups: [] },
  ...given,
});
const explain = (given: Partial<Refusal>) => explainRefusal(sampleRefusal(given), page);

describe("the explanation of a refusal", () => {
  test("exists for every rule, in the order of the rules", () => {
    expect(Object.keys(reasonNames)).toEqual(rules.map(({ reason }): RefusalReason => reason));
  });

  test("names the address and the subnets that it is outside of", () => {
    const subnets = ["10.0.0.0/8", "2001:db8::/32"];
    expect(explain({ key: sampleRefusedKey({ subnets }) })).toBe(
      "The call came from 198.51.100.7, which is outside 10.0.0.0/8, 2001:db8::/32.",
    );
    const many = Array.from({ length: 8 }, (_, index) => `10.${index}.0.0/16`);
    expect(explain({ key: sampleRefusedKey({ subnets: many }) })).toEndWith("10.3.0.0/16, 10.4.0.0/16 and 3 more.");
  });

  test("tells an unknown address from several addresses", () => {
    expect(explain({ address: null })).toStartWith("The caller’s address is unknown");
    expect(explain({ address: null, route: null })).toBe("The calls came from addresses outside 203.0.113.0/24.");
  });

  test("says when and by whom the key was retired, and when it expired", () => {
    const key = sampleRefusedKey({
      retiredAt: new Date("2026-11-11T18:30:00Z"),
      retiredBy: "li@example.org",
    });
    expect(explain({ reason: "retired", key })).toStartWith(
      "The key was retired on Nov 11, 2026, 10:30 AM PST by li@example.org.",
    );
    expect(explain({ reason: "expired" })).toStartWith("The key expired on Sep 1, 2027, 12:00 AM PDT.");
  });

  test("names the program where there is one, and says so where there is none", () => {
    const path = "/api/v1/admin/programs/child-care/applications";
    expect(explain({ reason: "no_grant", route: path })).toContain("the program “child-care”");
    const unknown = path.replace("child-care", ":programSlug");
    expect(explain({ reason: "no_grant", route: unknown })).toBe("No program has the slug that was called.");
  });
});

describe("the page of refused calls", () => {
  test("shows when, why, who, from where, what and the request id", () => {
    const text = readText(refusalsPage(listOf({ found: pageOf([sampleRefusal({ callCount: 60 })]) })));
    const facts = [
      "Nov 23, 2026, 10:12 AM PST 60 identical calls",
      "Outside the subnets",
      "Housing back end from 198.51.100.7",
      "/api/v1/admin/programs/housing-assistance/applications",
      "Request ID 0f9b7b1e-3a52-4e0e-9d0c-6b2c5f0d7a11",
    ];
    for (const fact of facts) expect(text).toContain(fact);
  });

  test("leads from a fingerprint to all calls with the same", () => {
    const unknown = sampleRefusal({ key: null, reason: "unknown_key", fingerprint: "9f86d081" });
    const hrefs = readElements(refusalsPage(listOf({ found: pageOf([unknown]) }))).flatMap(
      ({ attributes }) => attributes.get("href") ?? [],
    );
    expect(hrefs).toContain("/admin/refusals?q=9f86d081");
  });

  test("keeps key, reason and search on the way to the next page", () => {
    const html = refusalsPage(
      listOf({
        found: { ...pageOf([sampleRefusal()]), next: 40 },
        reason: "expired",
        search: "a&b",
        apiKey: { id: 7, name: "Housing back end" },
      }),
    );
    const next = readElements(html).find(({ attributes }) => attributes.get("rel") === "next");
    expect(next?.attributes.get("href")).toBe("/admin/refusals?key=7&reason=expired&q=a%26b&after=40");
  });

  test("says what is missing when there is nothing", () => {
    expect(readText(refusalsPage(listOf({ found: pageOf([]) })))).toContain(
      "No refused calls yet. When a call is refused, this page says why.",
    );
  });

  test("is the same as a fragment, without the document around it", () => {
    const fragment = refusalsPage(listOf({ page: { ...page, isFragment: true } }));
    expect(fragment).not.toContain("<html");
    expect(refusalsPage(listOf())).toContain(fragment.slice(fragment.indexOf("</title>") + 8));
  });
});
