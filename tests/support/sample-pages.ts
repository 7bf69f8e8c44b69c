/** Every page in every state that it has, with sample data: for the gallery and for the tests of the views. */

import { describeConfig, readConfig } from "../../src/config/variables.ts";
import type { ListedAlert } from "../../src/domain/access/alerts/milestones.ts";
import { previewSubnets } from "../../src/domain/access/keys/fields.ts";
import { outcomeUnknown } from "../../src/http/answers/errors.ts";
import { loginPage } from "../../src/views/account/login.tsx";
import { accountPage } from "../../src/views/account/overview.tsx";
import { sessionPage } from "../../src/views/account/session.tsx";
import { setupPage } from "../../src/views/account/setup.tsx";
import { confirmedPage, signedOutPage, signOnProblemPage } from "../../src/views/account/sign-on.tsx";
import { auditPage } from "../../src/views/audit/list.tsx";
import { newApiKeyPage } from "../../src/views/keys/create.tsx";
import { credentialsPage } from "../../src/views/keys/credentials.tsx";
import { dismissSuggestionPage } from "../../src/views/keys/dismiss.tsx";
import { apiKeyPage } from "../../src/views/keys/key.tsx";
import { apiKeysPage } from "../../src/views/keys/list.tsx";
import { narrowApiKeyPage } from "../../src/views/keys/narrow.tsx";
import { retireApiKeyPage } from "../../src/views/keys/retire.tsx";
import { retireApiKeysPage } from "../../src/views/keys/retire-several.tsx";
import { reviewPage } from "../../src/views/keys/review.tsx";
import { rotateApiKeyPage } from "../../src/views/keys/rotate.tsx";
import { errorPage } from "../../src/views/parts/error-page.tsx";
import { type LayoutAssets, toHtml } from "../../src/views/parts/layout.tsx";
import { sessionFragment } from "../../src/views/parts/session-watch.tsx";
import { refusalsPage } from "../../src/views/refusals/list.tsx";
import { settingsPage } from "../../src/views/settings/page.tsx";
import { noAuditQuery, sampleAuditLines, sampleSessions } from "./audit-samples.ts";
import { renderDocsSamples } from "./docs-samples.ts";
import { renderFactorSamples } from "./factor-samples.ts";
import { pageOf } from "./page-walk.ts";
import { renderPeopleSamples } from "./people-samples.ts";
import { renderProgramSamples } from "./program-samples.ts";
import { childCareQuestions } from "./question-samples.ts";
import { noRefusals, refusalOverview, sampleRefusals, someRefusals } from "./refusal-samples.ts";
import { noCalls, someCalls, someSuggestions } from "./usage-samples.ts";
import {
  activeKeys,
  auditEvents,
  credentials,
  emptyNewApiKey,
  endlessGrants,
  expiredKeys,
  list,
  manyKeys,
  manyPrograms,
  narrowing,
  newForm,
  noFactors,
  noKeys,
  noPreview,
  oddKeys,
  passwordProof,
  retiredKeys,
  rotatedKey,
  rotation,
  sampleFactors,
  sampleKey,
  samplePage,
  wholeProof,
} from "./view-samples.ts";

const auditList = {
  found: { ...pageOf(sampleAuditLines, { total: { count: 10_000, hasMore: true } }), next: 7 },
  query: noAuditQuery,
  problems: {},
};

const refusalList = {
  found: { ...pageOf(sampleRefusals, { total: { count: 312, hasMore: false } }), next: 7 },
  reason: null,
  search: "",
  apiKey: null,
  ...refusalOverview,
};

const noRefusedCalls = { ...refusalList, found: pageOf([]), daily: [], groups: [] };

const retiredNotice = {
  tone: "success",
  about: "Old case management",
  text: "is retired. All calls with it are now refused.",
} as const;

const sampleSettings = describeConfig(readConfig({ BASE_URL: "https://civikey.seattle.example.gov" }));
const sampleAlerts = (now: Date) =>
  [
    {
      recipient: "webhook",
      milestone: "7_days",
      attempts: 3,
      sentAt: null,
      retryAt: new Date(now.getTime() + 600_000),
    },
    { recipient: "contact", milestone: "7_days", attempts: 1, sentAt: now, retryAt: now },
  ].map((alert) => ({ ...alert, apiKeyId: 7, keyName: "Case management" }) as ListedAlert);

const sessionWatch = /<div id="session"[^>]*><\/div>/;

const firstSteps = {
  ...{ programSlug: "housing-assistance", isPublished: true, hasApplications: false },
  ...{ apiKeyId: null, wasCalled: false },
};

/** Every sample page by name. */
export function renderSamples(assets: LayoutAssets): Record<string, string> {
  const page = samplePage(assets);
  const signedOut = { ...page, email: null, nav: [], secondsLeft: null };
  const login = { page: signedOut, email: "", next: "/admin/apiKeys", provider: null, passwordSignIn: true };
  return {
    login: loginPage({ ...login, problem: null }),
    "login-problem": loginPage({
      ...login,
      email: "maria.gonzalez@seattle.example.gov",
      problem: "Incorrect e-mail address or password.",
    }),
    "login-form-kept": loginPage({
      ...login,
      page: {
        ...signedOut,
        notice: {
          tone: "info",
          text: "Your session has ended. Sign in, and your form comes back. Nothing has been saved yet.",
        },
      },
      problem: null,
    }),
    "login-sign-on": loginPage({ ...login, provider: "City of Seattle", problem: null }),
    "login-sign-on-only": loginPage({ ...login, provider: "City of Seattle", passwordSignIn: false, problem: null }),
    "sign-on-problem": signOnProblemPage({
      ...{ page: signedOut, provider: "City of Seattle", passwordSignIn: true },
      ...{ problem: "sign_on_unavailable", requestId: "6f1f4c3e-3f0e-4a55-9d0b-0a6c8a2b7f11" },
    }),
    "signed-out": signedOutPage({
      page: signedOut,
      provider: "City of Seattle",
    }),
    confirmed: confirmedPage({ page, provider: "City of Seattle" }),
    setup: setupPage({ page: signedOut, token: "t", email: "", problems: {} }),
    "setup-problems": setupPage({
      page: signedOut,
      token: "t",
      email: "maria",
      problems: {
        email: ["E-mail must be an address such as name@example.org."],
        password: ["Password must have 15 characters or more."],
      },
    }),
    "keys-active": apiKeysPage({
      page: { ...page, expiringCount: 2 },
      ...list,
      suggestions: new Map(activeKeys.slice(1, 3).map(({ id }, index) => [id, someSuggestions.slice(index)])),
    }),
    "keys-many": apiKeysPage({
      page: { ...page, expiringCount: 2 },
      ...list,
      found: {
        ...pageOf(manyKeys),
        ...{ skipped: 25, total: { count: 1268, hasMore: false } },
        previous: { id: 30, value: "30" },
        next: { id: 6, value: "6" },
      },
      counts: { active: 1268, retired: 1, expired: 1 },
      order: { by: "lastUsed", isDescending: true },
      calls: new Map(manyKeys.map(({ id }, index) => [id, someCalls(index * 90)])),
    }),
    "keys-notice": apiKeysPage({
      page: { ...page, notice: retiredNotice },
      ...list,
      found: pageOf(activeKeys.slice(2)),
    }),
    "keys-wide": apiKeysPage({ page, ...list, found: pageOf([sampleKey({ grants: endlessGrants })]) }),
    "keys-odd": apiKeysPage({ page, ...list, found: pageOf(oddKeys) }),
    "keys-expiring": apiKeysPage({
      page,
      ...list,
      found: pageOf(activeKeys.slice(0, 2)),
      order: { by: "expires", isDescending: false },
      expiringOnly: true,
    }),
    "keys-retired": apiKeysPage({ page, ...list, state: "retired", found: pageOf(retiredKeys) }),
    "keys-expired": apiKeysPage({ page, ...list, state: "expired", found: pageOf(expiredKeys) }),
    "keys-empty": apiKeysPage({ page, ...noKeys, firstSteps }),
    "keys-empty-auditor": apiKeysPage({ page: { ...page, may: () => false }, ...noKeys }),
    "keys-retired-empty": apiKeysPage({ page, ...noKeys, state: "retired" }),
    "keys-search-empty": apiKeysPage({
      page,
      ...noKeys,
      search: "summer",
      counts: { active: 0, retired: 2, expired: 1 },
    }),
    "new-key": newApiKeyPage({ page, ...newForm }),
    "new-key-problems": newApiKeyPage({
      page,
      ...newForm,
      proof: passwordProof,
      preview: {
        ...noPreview,
        readCount: 1,
        subnets: previewSubnets("10.1.2.3/8"),
        toConfirm: "10.0.0.0/8",
        isConfirmed: false,
      },
      values: {
        ...emptyNewApiKey,
        expiration: "next Tuesday",
        subnet: "10.0.0.0/8, 300.1.1.1/32, office",
        note: "Ticket 4711",
        read: new Set(["child-care"]),
        offeredQuestions: new Map([["child-care", childCareQuestions]]),
      },
      problems: {
        keyName: ["Key name cannot be blank."],
        expiration: ["Expiration must be in the form YYYY-MM-DD."],
        subnet: [
          "Subnet must be in CIDR notation. This is not: 300.1.1.1/32",
          "Subnet must be in CIDR notation. This is not: office",
        ],
        confirmSubnets: ["Look at the subnets again, and check the box if they are what you want."],
        grants: ["You must select at least one program."],
        "grant-questions[child-care]": ["You must select at least one question of child-care."],
        currentPassword: ["Incorrect password."],
      },
    }),
    "new-key-session-ends": newApiKeyPage({ page, ...newForm }).replace(
      sessionWatch,
      toHtml(sessionFragment({ secondsLeft: 115, canStay: true })),
    ),
    "new-key-session-ended": newApiKeyPage({ page, ...newForm }).replace(sessionWatch, toHtml(sessionFragment(null))),
    session: sessionPage({
      page,
      endsAt: new Date(page.now.getTime() + 1_800_000),
      expiresAt: new Date(page.now.getTime() + 7_200_000),
    }),
    "new-key-many-programs": newApiKeyPage({ page, ...newForm, offer: manyPrograms }),
    "new-key-programs-searched": newApiKeyPage({
      ...{ page, ...newForm, programSearch: "meals" },
      offer: {
        chosen: manyPrograms.found.slice(0, 3),
        found: manyPrograms.found.filter(({ name }) => name.includes("meals")),
        foundCount: 2,
        areMany: true,
      },
      values: {
        ...emptyNewApiKey,
        read: new Set(manyPrograms.found.slice(0, 3).map(({ slug }) => slug)),
      },
    }),
    "new-key-programs-not-found": newApiKeyPage({
      ...{ page, ...newForm, programSearch: "a program that nobody has ever heard of, anywhere" },
      offer: { chosen: [], found: [], foundCount: 0, areMany: true },
    }),
    "new-key-no-programs": newApiKeyPage({
      ...{ page, ...newForm },
      offer: { chosen: [], found: [], foundCount: 0, areMany: false },
    }),
    credentials: credentialsPage({
      page,
      apiKey: sampleKey(),
      credentials,
      baseUrl: "https://civikey.seattle.example.gov",
    }),
    "credentials-rotated": credentialsPage({
      page,
      apiKey: sampleKey({ predecessor: rotatedKey.successor }),
      credentials,
      baseUrl: "https://civikey.seattle.example.gov",
      predecessor: rotatedKey,
    }),
    rotate: rotateApiKeyPage({ page, ...rotation }),
    "rotate-problems": rotateApiKeyPage({
      page,
      ...rotation,
      apiKey: activeKeys[0] ?? sampleKey(),
      values: { ...rotation.values, expiration: "2026-11-01", grace: "" },
      proof: passwordProof,
      problems: {
        expiration: ["Expiration must be in the future."],
        grace: ["Choose how long the old key keeps working."],
        currentPassword: ["Incorrect password."],
      },
    }),
    narrow: narrowApiKeyPage({ page, ...narrowing, problems: {} }),
    "narrow-review": reviewPage({
      page,
      apiKey: sampleKey(),
      review: {
        before: {
          expiration: "2027-09-01T07:00:00.000Z",
          subnets: ["203.0.113.0/24", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128"],
          grants: [
            { slug: "housing-assistance", permission: "READ" },
            { slug: "housing-assistance", permission: "WRITE" },
          ],
          note: null,
        },
        after: {
          expiration: "2027-03-01T08:00:00.000Z",
          subnets: ["203.0.113.0/28"],
          grants: [{ slug: "housing-assistance", permission: "READ" }],
          note: "Ticket 4711.",
        },
        whatIf: { callCount: 41_200, refusedMin: 12, refusedMax: 48 },
      },
      fields: [["keyName", "Housing back end"]],
    }),
    "narrow-odd": narrowApiKeyPage({
      page,
      ...narrowing,
      apiKey: oddKeys[0] ?? sampleKey(),
      values: {
        ...narrowing.values,
        keyName: oddKeys[0]?.name ?? "",
        subnet: oddKeys[0]?.subnets.join("\n") ?? "",
        expiration: "next Tuesday",
      },
      problems: {
        expiration: ["Expiration must be in the form YYYY-MM-DD."],
        subnet: ["Subnet 11.0.0.0/8 cannot be added. Create a new key for it."],
        grants: ["You must select at least one program."],
      },
    }),
    "key-rotated": apiKeyPage({
      page: { ...page, expiringCount: 1 },
      apiKey: rotatedKey,
      auditEvents: [],
      calls: someCalls(3),
      ...noRefusals,
    }),
    key: apiKeyPage({
      page,
      apiKey: sampleKey({ note: "Ticket 4711.\nAsk Li before retiring it." }),
      auditEvents: auditEvents.slice(1),
      calls: someCalls(400),
      suggestions: someSuggestions,
      ...someRefusals,
    }),
    "key-narrowed-wide": apiKeyPage({
      page: {
        ...page,
        notice: { tone: "success", text: "Changes saved. They apply from the next call." },
      },
      apiKey: sampleKey({ grants: endlessGrants }),
      grantsFrom: 100,
      auditEvents: [],
      calls: someCalls(3),
      ...noRefusals,
    }),
    dismiss: dismissSuggestionPage({
      page,
      apiKey: sampleKey(),
      suggestion: someSuggestions[0],
      note: "",
      problems: { note: ["Note cannot contain control characters."] },
    }),
    "retire-wide": retireApiKeyPage({
      page,
      apiKey: sampleKey({ grants: endlessGrants }),
      ...{ reason: "", calls: someCalls(400) },
      proof: null,
      problems: {},
    }),
    "key-retired": apiKeyPage({
      page,
      apiKey: retiredKeys[0] ?? sampleKey(),
      auditEvents,
      calls: noCalls,
      ...noRefusals,
    }),
    "key-odd": apiKeyPage({
      page,
      apiKey: oddKeys[0] ?? sampleKey(),
      auditEvents: [],
      calls: someCalls(1_234_567, 90),
      ...someRefusals,
      isWarnedOf: false,
    }),
    refusals: refusalsPage({ page, ...refusalList }),
    "refusals-of-key": refusalsPage({
      page,
      ...refusalList,
      found: pageOf(someRefusals.refusals.refusals),
      apiKey: sampleKey(),
      reason: "outside_subnet",
    }),
    "refusals-empty": refusalsPage({ page, ...noRefusedCalls }),
    "refusals-search-empty": refusalsPage({
      page,
      ...noRefusedCalls,
      search: "198.51.100.7",
      reason: "unknown_key",
    }),
    audit: auditPage({ page: { ...page, expiringCount: 2 }, ...auditList }),
    "audit-empty": auditPage({ page, ...auditList, found: pageOf([]) }),
    "audit-search-empty": auditPage({
      page,
      ...auditList,
      found: pageOf([]),
      query: {
        who: "li.wei",
        what: "api_key.retired",
        key: "a very long name of a key that nobody has ever made",
        from: "2026-11-01",
        until: "yesterday",
      },
      problems: { until: ["Enter a date such as 2026-01-31."] },
    }),
    settings: settingsPage({ page, settings: sampleSettings, alerts: sampleAlerts(page.now), outcomes: null }),
    "settings-tested": settingsPage({
      page,
      settings: { ...sampleSettings, SMTP_URL: "[secret]", ALERT_WEBHOOK_URL: "[secret]" },
      alerts: [],
      outcomes: { email: "sent", webhook: "failed: status_500" },
    }),
    ...renderFactorSamples(page, signedOut),
    account: accountPage({
      ...{ page, factors: sampleFactors, requiresSecondFactor: true, password: "none" },
      sessions: sampleSessions,
      problems: {},
    }),
    "account-problems": accountPage({
      ...{ page, factors: noFactors, requiresSecondFactor: false, password: "set" },
      sessions: sampleSessions.slice(0, 1),
      problems: {
        currentPassword: ["Incorrect password."],
        password: ["Password must have 15 characters or more."],
        passwordAgain: ["The passwords don’t match."],
      },
    }),
    retire: retireApiKeyPage({
      ...{ page, reason: "", calls: someCalls(400), proof: null, problems: {} },
      apiKey: sampleKey({ note: "Ticket 4711.\nAsk Li before retiring it." }),
    }),
    "retire-several": retireApiKeysPage({
      page,
      apiKeys: [...activeKeys, ...retiredKeys],
      ...{ reason: "", calls: new Map([[11, someCalls(400)]]), proof: passwordProof, problems: {} },
    }),
    "retire-passkey": retireApiKeyPage({
      ...{ page, apiKey: sampleKey(), proof: wholeProof, reason: "Ticket 4712", calls: noCalls },
      problems: { currentPassword: ["Enter your password."], code: ["Enter a code."] },
    }),
    "retire-password": retireApiKeyPage({
      page,
      apiKey: sampleKey({ lastUsedAt: null, lastUsedAddress: null, callCount: 0 }),
      ...{ reason: "", calls: noCalls },
      proof: passwordProof,
      problems: { currentPassword: ["Incorrect password."] },
    }),
    ...renderPeopleSamples(page),
    ...renderProgramSamples(page),
    ...renderDocsSamples(page),
    "error-unavailable": errorPage({
      page: signedOut,
      path: "/",
      status: 503,
      message: "The database is unavailable. Try again in a few seconds.",
      canTryAgain: true,
      requestId: "0f9b7b1e-3a52-4e0e-9d0c-6b2c5f0d7a11",
    }),
    "error-outcome-unknown": errorPage({
      page: signedOut,
      path: "/",
      status: 503,
      message: outcomeUnknown,
      canTryAgain: false,
      requestId: "0f9b7b1e-3a52-4e0e-9d0c-6b2c5f0d7a11",
    }),
    error: errorPage({
      page,
      path: "/admin/programs/snow",
      status: 404,
      message: "There is nothing at this address, or your role doesn’t open it.",
      canTryAgain: false,
      requestId: "0f9b7b1e-3a52-4e0e-9d0c-6b2c5f0d7a11",
    }),
  };
}
