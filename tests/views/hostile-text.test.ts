import { describe, expect, test } from "bun:test";
import { previewSubnets } from "../../src/domain/access/keys/fields.ts";
import { newestFirst } from "../../src/domain/access/keys/order.ts";
import { allQuestions } from "../../src/domain/access/questions.ts";
import { apiSchemas } from "../../src/domain/openapi/api-document.ts";
import { Secret } from "../../src/lib/secrets/secret.ts";
import { confirmPage } from "../../src/views/account/confirm.tsx";
import { loginPage } from "../../src/views/account/login.tsx";
import { accountPage } from "../../src/views/account/overview.tsx";
import { recoveryCodesPage } from "../../src/views/account/recovery-codes.tsx";
import { chooseFactorPage } from "../../src/views/account/second-factors.tsx";
import { secondStepPage } from "../../src/views/account/second-step.tsx";
import { setUpAppPage } from "../../src/views/account/set-up-app.tsx";
import { setUpPasskeyPage } from "../../src/views/account/set-up-passkey.tsx";
import { setupPage } from "../../src/views/account/setup.tsx";
import { confirmedPage, signedOutPage, signOnProblemPage } from "../../src/views/account/sign-on.tsx";
import { auditPage } from "../../src/views/audit/list.tsx";
import { apiDocsPage, apiReference } from "../../src/views/docs/api.tsx";
import { programDocsPage, programReference } from "../../src/views/docs/program.tsx";
import { listedProgramsFragment } from "../../src/views/docs/programs.tsx";
import { newApiKeyPage } from "../../src/views/keys/create.tsx";
import { credentialsPage } from "../../src/views/keys/credentials.tsx";
import { dismissSuggestionPage } from "../../src/views/keys/dismiss.tsx";
import { apiKeyPage } from "../../src/views/keys/key.tsx";
import { apiKeysPage } from "../../src/views/keys/list.tsx";
import { narrowApiKeyPage } from "../../src/views/keys/narrow.tsx";
import { foundProgramsFragment } from "../../src/views/keys/program-choice.tsx";
import { retireApiKeyPage } from "../../src/views/keys/retire.tsx";
import { retireApiKeysPage } from "../../src/views/keys/retire-several.tsx";
import { reviewPage } from "../../src/views/keys/review.tsx";
import { rotateApiKeyPage } from "../../src/views/keys/rotate.tsx";
import { errorPage } from "../../src/views/parts/error-page.tsx";
import { refusalsPage } from "../../src/views/refusals/list.tsx";
import { settingsPage } from "../../src/views/settings/page.tsx";
import { sampleAuditLine, sampleSessions } from "../support/audit-samples.ts";
import { sampleDocumentedProgram } from "../support/docs-samples.ts";
import { readElements, readText } from "../support/markup.ts";
import { pageOf } from "../support/page-walk.ts";
import { renderPeopleOf } from "../support/people-samples.ts";
import { renderProgramsOf } from "../support/program-samples.ts";
import { refusalOverview, sampleRefusal, sampleRefusedKey } from "../support/refusal-samples.ts";
import { someCalls } from "../support/usage-samples.ts";
import { noPreview, passwordProof, sampleFactors, sampleKey, samplePage, wholeProof } from "../support/view-samples.ts";

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
    email: text,
    nav: [{ label: text, href: "/admin/apiKeys" }],
    notice: { tone: "info", text } as const,
  };
  const fragment = { ...page, isFragment: true };
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
    grants: [{ programName: text, slug: text, permission: "READ", questions: allQuestions }],
    predecessor: { id: 1, keyId: text },
    successor: { id: 2, keyId: text },
  });
  const key = { ...sampleRefusedKey(), keyId: text, name: text, subnets: [text], retiredBy: text };
  const refusals = [
    sampleRefusal({ key: { ...key, retiredAt: page.now }, reason: "retired", address: text }),
    sampleRefusal({ key, route: text, lastRequestId: text }),
    sampleRefusal({ key: null, reason: "unknown_key", fingerprint: text }),
  ];
  const groups = refusalOverview.groups.map((group) => ({
    ...group,
    ...{ key: { id: 1, name: text }, fingerprint: text, addresses: [text], routes: [text] },
  }));
  const refusalList = {
    ...{ page, found: pageOf(refusals), reason: null, search: text, apiKey: null },
    ...{ ...refusalOverview, groups },
  };
  const problems = {
    keyName: [text],
    expiration: [text],
    subnet: [text],
    grants: [text],
    note: [text],
  };
  const program = { name: text, slug: text, isPublished: false };
  const manyPrograms = { chosen: [program], found: [program], foundCount: 2, areMany: true };
  const newKey = {
    programSearch: text,
    values: {
      keyName: text,
      expiration: text,
      subnet: text,
      contactEmail: text,
      note: text,
      read: new Set([text]),
      write: new Set<string>(),
      offeredQuestions: new Map([
        [
          text,
          {
            ...{ mode: "only", keys: [text], modes: [text] },
            entries: [{ key: text, name: text, types: [], tags: [text], isPersonal: true, enumerator: text }],
          },
        ],
      ]),
    },
    problems,
    preview: {
      ...noPreview,
      subnets: previewSubnets("10.1.2.3/8").map((one) => ({ ...one, typed: text })),
      toConfirm: text,
      emailed: [text],
    },
    currentSubnet: text,
    latestExpiration: null,
    proof: passwordProof,
    formToken: text,
  };
  const documented = sampleDocumentedProgram(text);
  const listed = {
    found: { ...pageOf([{ slug: text, name: `${text} `, activeVersionId: 1, draftVersionId: 2 }]), next: text },
    search: text,
    seesDrafts: true,
  };
  const list = {
    page,
    state: "active" as const,
    counts: { active: 1, retired: 1, expired: 0 },
    found: { ...pageOf([apiKey]), previous: { id: 1, value: text }, next: { id: 1, value: text } },
    order: newestFirst,
    search: text,
    expiringOnly: false,
    calls: new Map([[apiKey.id, someCalls(40)]]),
    refused: new Map([[apiKey.id, 2]]),
    firstSteps: { programSlug: text, isPublished: false, hasApplications: false, apiKeyId: 1, wasCalled: false },
  };
  const audit = {
    page,
    found: pageOf([
      sampleAuditLine({
        actor: text,
        address: text,
        details: { name: text, [text]: text, before: { [text]: text }, after: { [text]: text } },
        apiKey: { id: 7, name: "another", keyId: text },
      }),
      sampleAuditLine({ action: text, actor: text, apiKey: { id: 7, name: text, keyId: text } }),
      sampleAuditLine({
        action: "admin.created",
        details: { email: text },
        apiKey: null,
      }),
      sampleAuditLine({
        action: "program.published",
        apiKey: null,
        program: { slug: text, name: text },
      }),
    ]),
    query: { who: text, what: text, key: text, from: text, until: text },
    problems: { from: [text], until: [text] },
  };
  return {
    login: loginPage({ page, email: text, next: text, provider: text, passwordSignIn: true, problem: text }),
    "sign-on problem": signOnProblemPage({
      ...{ page, provider: text, passwordSignIn: true, requestId: text },
      problem: "unverified_email",
    }),
    "signed out": signedOutPage({ page, provider: text }),
    "confirmed with sign-on": confirmedPage({ page, provider: text }),
    setup: setupPage({
      page,
      token: text,
      email: text,
      problems: { email: [text], password: [text] },
    }),
    list: apiKeysPage(list),
    "list as a fragment": apiKeysPage({ ...list, page: fragment }),
    "empty list": apiKeysPage({ ...list, found: pageOf([]) }),
    "new key": newApiKeyPage({
      page,
      ...newKey,
      offer: { chosen: [], found: [program], foundCount: 1, areMany: false },
    }),
    "new key, many programs": newApiKeyPage({ page, ...newKey, offer: manyPrograms }),
    "found programs": foundProgramsFragment({ offer: manyPrograms, programSearch: text }),
    credentials: credentialsPage({
      page,
      apiKey,
      credentials: { keyId: text, secret: new Secret(text), token: new Secret(text) },
      baseUrl: "https://keys.example.org",
      predecessor: apiKey,
    }),
    rotate: rotateApiKeyPage({
      page,
      apiKey,
      graces: [{ name: text, ms: 1 }],
      values: { expiration: text, grace: text, formToken: text },
      latestExpiration: null,
      proof: passwordProof,
      problems: { expiration: [text], grace: [text], currentPassword: [text] },
    }),
    "retire several": retireApiKeysPage({
      page,
      apiKeys: [apiKey, { ...apiKey, state: "active" }],
      ...{ reason: text, calls: new Map(), proof: passwordProof, problems: { reason: [text] } },
    }),
    narrow: narrowApiKeyPage({ page, apiKey, values: newKey.values, problems }),
    "narrow, review": reviewPage({
      page,
      apiKey,
      review: {
        before: { [text]: text, subnets: [text] },
        after: { [text]: null, subnets: [`${text}2`] },
        whatIf: undefined,
      },
      fields: [[text, text]],
    }),
    dismiss: dismissSuggestionPage({
      ...{ page, apiKey, note: text, problems: { note: [text] } },
      suggestion: { kind: "take_grants_away", unused: apiKey.grants },
    }),
    key: apiKeyPage({
      page,
      apiKey,
      suggestions: [
        {
          kind: "shrink_subnets",
          shrunk: [{ subnet: text, callCount: 1, blocks: [text] }],
          subnets: [text],
        },
      ],
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
      calls: someCalls(40),
      programCalls: [{ slug: text, programName: text, permission: "READ", callCount: 1, lastDay: "2026-11-23" }],
      addressCalls: [{ address: text, callCount: 1, firstAt: page.now, lastAt: page.now }],
      refusals: { refusals, hasMore: true },
      dailyRefusals: [{ day: text, reason: "expired", callCount: 1 }],
      isWarnedOf: false,
    }),
    refusals: refusalsPage({
      ...refusalList,
      search: text,
      apiKey: { id: 1, name: text },
    }),
    "refusals as a fragment": refusalsPage({ ...refusalList, page: fragment, search: text }),
    "no refusals": refusalsPage({ ...refusalList, found: pageOf([]), search: text }),
    audit: auditPage(audit),
    "audit as a fragment": auditPage({ ...audit, page: fragment }),
    "empty audit": auditPage({ ...audit, found: pageOf([]) }),
    account: accountPage({
      page,
      factors: { ...sampleFactors, passkeys: sampleFactors.passkeys.map((own) => ({ ...own, name: text })) },
      requiresSecondFactor: false,
      password: "set",
      sessions: sampleSessions.map((session) => ({ ...session, address: text, userAgent: text })),
      problems: { currentPassword: [text], password: [text], passwordAgain: [text] },
    }),
    settings: settingsPage({
      page,
      settings: { BASE_URL: text, SUPPORT_EMAIL_ADDRESS: text, CIVIFORM_SYNC_PROGRAMS: text, SMTP_URL: text },
      alerts: [
        {
          ...{ apiKeyId: 1, keyName: text, recipient: "webhook", milestone: "7_days" },
          ...{ attempts: 2, sentAt: null, retryAt: page.now },
        },
      ],
      outcomes: { email: `failed: ${text}`, webhook: "not configured" },
    }),
    retire: retireApiKeyPage({
      ...{ page, apiKey, reason: text, calls: someCalls(40) },
      proof: wholeProof,
      problems: { reason: [text], currentPassword: [text], code: [text], passkey: [text] },
    }),
    "second step": secondStepPage({ page, factors: sampleFactors, next: text, problems: { code: [text] } }),
    confirm: confirmPage({ page, next: "/admin/account", proof: wholeProof, problems: { passkey: [text] } }),
    "confirm with sign-on": confirmPage({
      ...{ page, next: text, proof: { ...wholeProof, provider: text } },
      problems: { signOn: [text] },
    }),
    "second factor": chooseFactorPage({ page, isRequired: true, query: "" }),
    "authenticator app": setUpAppPage({
      ...{
        page,
        back: { href: "/admin/account", name: text },
        replacesApp: true,
        query: "",
        problems: { code: [text] },
      },
      setUp: { secret: new Secret(text), address: new Secret("otpauth://totp"), sealed: text },
    }),
    passkey: setUpPasskeyPage({
      page,
      back: { href: "/admin/account", name: text },
      name: text,
      query: "",
      problems: { name: [text], passkey: [text] },
    }),
    "recovery codes": recoveryCodesPage({
      page,
      codes: [new Secret(text)],
      replaceOld: true,
      continueTo: "/admin/account",
    }),
    "API docs": apiDocsPage({ page, ...listed, operations: [], reference: "" }),
    "API docs as a fragment": listedProgramsFragment(listed),
    "API docs without a program": apiDocsPage({
      ...{ page, ...listed, found: pageOf([]), operations: [] },
      reference: apiReference({ operations: [], schemas: apiSchemas, baseUrl: "http://localhost" }),
    }),
    "program docs": programDocsPage({
      page,
      programs: [{ slug: text, name: `${text} ` }],
      chosen: { slug: text, stage: "active" },
      documented: {
        program: documented,
        reference: programReference({
          ...{ program: documented, sample: text, submission: text },
          baseUrl: "http://localhost",
        }),
      },
    }),
    "program docs among many": programDocsPage({
      page,
      programs: null,
      chosen: { slug: text, stage: "active" },
      documented: undefined,
    }),
    ...renderPeopleOf(page, text),
    ...renderProgramsOf(page, text),
    error: errorPage({
      ...{ page, path: text, status: 404, title: text, message: text },
      ...{ canTryAgain: true, requestId: text },
    }),
  };
}

/** The elements of a page without what differs with text on purpose: attribute values. */
function shapeOf(html: string): string[] {
  return readElements(html).map(({ tag, attributes }) => `${tag}[${[...attributes.keys()].sort().join(" ")}]`);
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
