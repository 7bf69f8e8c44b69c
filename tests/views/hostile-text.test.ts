import { describe, expect, test } from "bun:test";
import { Secret } from "../../src/domain/secret.ts";
import { apiKeyPage } from "../../src/views/api-key.tsx";
import { apiKeysFragment, apiKeysPage } from "../../src/views/api-keys.tsx";
import { credentialsPage } from "../../src/views/credentials.tsx";
import { errorPage } from "../../src/views/error-page.tsx";
import { loginPage } from "../../src/views/login.tsx";
import { newApiKeyPage } from "../../src/views/new-api-key.tsx";
import { retireApiKeyPage } from "../../src/views/retire-api-key.tsx";
import { setupPage } from "../../src/views/setup.tsx";
import { readElements, readText } from "../support/markup.ts";
import { sampleKey, samplePage } from "../support/view-samples.ts";

const assets = { href: (name: string) => `/assets/${name}`, version: "0.1.0" };

/** Each would do harm, or come back changed, where its way of quoting is forgotten. */
const hostileTexts = [
  "<img src=x onerror=alert(1)>",
  `"><script>alert(1)</script>`,
  `" onmouseover="alert(1)" x="`,
  "' autofocus onfocus='alert(1)",
  "javascript:alert(1)",
  "</textarea></title><svg onload=alert(1)>",
  "&lt;b&gt; &amp;quot; &#60;i&#62;",
  "\n  line\u2028break\u0000",
];

function render(text: string): Record<string, string> {
  const page = {
    ...samplePage(assets),
    adminEmail: text,
    nav: [{ label: text, href: "/admin/apiKeys" }],
    notice: { tone: "info", text } as const,
  };
  const apiKey = sampleKey({
    keyId: text,
    name: text,
    subnets: [text],
    contactEmail: text,
    note: text,
    createdBy: text,
    retiredAt: page.now,
    retiredBy: text,
    lastUsedAddress: text,
    grants: [{ programName: text, slug: text, permission: "READ" }],
  });
  const problems = {
    keyName: [text],
    expiration: [text],
    subnet: [text],
    grants: [text],
    note: [text],
  };
  const list = {
    page,
    state: "active" as const,
    counts: { active: 1, retired: 1, expired: 0 },
    apiKeys: [apiKey],
    hasMore: true,
    search: text,
    expiringOnly: false,
    expiringCount: 1,
  };
  return {
    login: loginPage({ page, email: text, next: text, problem: text }),
    setup: setupPage({
      page,
      token: text,
      email: text,
      problems: { email: [text], password: [text] },
    }),
    list: apiKeysPage(list),
    "list as a fragment": apiKeysFragment(list),
    "empty list": apiKeysPage({ ...list, apiKeys: [] }),
    "new key": newApiKeyPage({
      page,
      programs: [{ name: text, slug: text, isPublished: false }],
      values: {
        keyName: text,
        expiration: text,
        subnet: text,
        contactEmail: text,
        note: text,
        read: new Set([text]),
        write: new Set(),
      },
      problems,
      currentSubnet: text,
      latestExpiration: null,
      asksPassword: true,
      formToken: text,
    }),
    credentials: credentialsPage({
      page,
      apiKey,
      credentials: { keyId: text, secret: new Secret(text), token: new Secret(text) },
      checkAuthUrl: text,
    }),
    key: apiKeyPage({
      page,
      apiKey,
      auditEvents: [
        {
          id: 1,
          at: page.now,
          actor: text,
          action: text,
          address: text,
          details: { [text]: text },
        },
      ],
    }),
    retire: retireApiKeyPage({
      page,
      apiKey,
      asksPassword: true,
      problems: { currentPassword: [text] },
    }),
    error: errorPage({ assets, status: 404, title: text, message: text, requestId: text }),
  };
}

/** The elements of a page without what differs with text on purpose: attribute values. */
function shapeOf(html: string): string[] {
  return readElements(html).map(
    ({ tag, attributes }) => `${tag}[${[...attributes.keys()].sort().join(" ")}]`,
  );
}

describe("hostile text in every field", () => {
  const harmless = render("harmless");
  for (const text of hostileTexts) {
    for (const [name, html] of Object.entries(render(text))) {
      test(`adds no element and no attribute: ${name}, ${JSON.stringify(text)}`, () => {
        expect(shapeOf(html)).toEqual(shapeOf(harmless[name] ?? ""));
      });
    }
  }

  test("is shown as the text that it is", () => {
    for (const text of hostileTexts) {
      const shown = text.replace(/\s+/g, " ").trim();
      for (const html of Object.values(render(text))) expect(readText(html)).toContain(shown);
    }
  });

  test("comes back in the fields of a form as it was typed", () => {
    const typed = "&lt;b&gt; \"Ann\" & 'Bob' &amp;";
    const fields = readElements(render(typed)["new key"] ?? "");
    const valueIn = (id: string) =>
      fields.find(({ attributes }) => attributes.get("id") === id)?.attributes.get("value");
    expect(valueIn("keyName")).toBe(typed);
    expect(valueIn("contactEmail")).toBe(typed);
  });
});
