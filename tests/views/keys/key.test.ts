import { describe, expect, test } from "bun:test";
import { apiKeyPage } from "../../../src/views/keys/key.tsx";
import { retireApiKeyPage } from "../../../src/views/keys/retire.tsx";
import { elementById, readElements, readText } from "../../support/markup.ts";
import { noRefusals } from "../../support/refusal-samples.ts";
import { noCalls } from "../../support/usage-samples.ts";
import { passwordProof, sampleKey, samplePage } from "../../support/view-samples.ts";

const page = samplePage({ href: (name) => `/assets/${name}`, version: "0.1.0" });
const event = {
  id: 1,
  at: new Date("2026-09-02T18:30:00Z"),
  actor: "maria@example.org",
  action: "api_key.created",
  address: "198.51.100.200",
  details: {},
};
const textOf = (apiKey = sampleKey(), auditEvents = [event]) =>
  readText(apiKeyPage({ page, apiKey, auditEvents, calls: noCalls, ...noRefusals }));

describe("the page of a key", () => {
  test("shows times to the minute in the instance's zone", () => {
    expect(textOf()).toContain("Last used Nov 23, 2026, 10:27 AM PST from 203.0.113.9 3 minutes ago");
    expect(textOf()).toContain("Created Sep 2, 2026, 11:30 AM PDT by maria.gonzalez@");
  });

  test("shows contact and note, and says when there is no contact", () => {
    expect(textOf(sampleKey({ note: "Ticket 4711" }))).toContain("Note Ticket 4711");
    expect(textOf(sampleKey({ contactEmail: null }))).toContain("Contact e-mail None");
  });

  test("tells what its audit events say in words", () => {
    const details = {
      keyId: "cvk_1",
      subnets: ["10.0.0.0/8", "::1/128"],
      grants: [{ slug: "housing", permission: "READ" }],
    };
    const text = textOf(sampleKey(), [{ ...event, details }]);
    expect(text).toContain("Sep 2, 2026, 11:30 AM PDT maria@example.org API key created 198.51.100.200");
    expect(text).toContain("key id cvk_1 subnets 10.0.0.0/8, ::1/128 grants housing READ");
  });

  test("shows an action that it does not know as it is", () => {
    expect(textOf(sampleKey(), [{ ...event, action: "api_key.borrowed" }])).toContain("api_key.borrowed");
  });

  test("offers to retire a key that is not retired", () => {
    const linksOf = (apiKey = sampleKey()) =>
      readElements(apiKeyPage({ page, apiKey, auditEvents: [], calls: noCalls, ...noRefusals })).flatMap(
        ({ attributes }) => attributes.get("href") ?? [],
      );
    expect(linksOf()).toContain("/admin/apiKeys/7/retire");
    const retired = sampleKey({
      state: "retired",
      retiredAt: page.now,
      retiredBy: "li@example.org",
    });
    expect(linksOf(retired)).not.toContain("/admin/apiKeys/7/retire");
  });
});

describe("the page before retiring a key", () => {
  const html = (given: Partial<Parameters<typeof retireApiKeyPage>[0]> = {}) =>
    retireApiKeyPage({ page, apiKey: sampleKey(), proof: null, problems: {}, reason: "", calls: [], ...given });

  test("names the key and says that it is permanent", () => {
    expect(readText(html())).toContain("Retire Housing back end ?");
    expect(readText(html())).toContain(
      "Retiring the API key is permanent and will prevent anyone from being able to call the API with the key.",
    );
  });

  test("warns when the key was used in the last seven days, and only then", () => {
    const warning = "This key is in use.";
    const usedDaysAgo = (days: number) => sampleKey({ lastUsedAt: new Date(page.now.getTime() - days * 86_400_000) });
    expect(readText(html({ apiKey: usedDaysAgo(6) }))).toContain(warning);
    expect(readText(html({ apiKey: usedDaysAgo(8) }))).not.toContain(warning);
    expect(readText(html({ apiKey: sampleKey({ lastUsedAt: null }) }))).not.toContain(warning);
  });

  test("posts to the key, with the password where it is asked for", () => {
    const form = readElements(html()).find(({ attributes }) => attributes.get("action") === "/admin/apiKeys/7/retire");
    expect(form?.attributes.get("method")).toBe("post");
    expect(elementById(html({ proof: passwordProof }), "currentPassword").tag).toBe("input");
    expect(() => elementById(html(), "currentPassword")).toThrow();
  });
});
