import { describe, expect, test } from "bun:test";
import type { ProgramOffer } from "../../../src/domain/programs/grantable.ts";
import { Secret } from "../../../src/lib/secrets/secret.ts";
import { newApiKeyPage } from "../../../src/views/keys/create.tsx";
import { credentialsPage } from "../../../src/views/keys/credentials.tsx";
import { elementById, readElements, readText, textById } from "../../support/markup.ts";
import { emptyNewApiKey, noPreview, passwordProof, sampleKey, samplePage } from "../../support/view-samples.ts";

const page = samplePage({ href: (name) => `/assets/${name}`, version: "0.1.0" });
const offerOf = (found: ProgramOffer["found"]): ProgramOffer => ({
  chosen: [],
  found,
  foundCount: found.length,
  areMany: false,
});
const housing = { name: "Housing assistance", slug: "housing", isPublished: true };
const blank = {
  page,
  offer: offerOf([housing]),
  programSearch: "",
  values: emptyNewApiKey,
  problems: {},
  preview: noPreview,
  currentSubnet: "203.0.113.9/32",
  latestExpiration: "2027-11-24",
  proof: null,
  formToken: "once",
};
const namesOf = (html: string) => readElements(html).flatMap(({ attributes }) => attributes.get("name") ?? []);

describe("the new-key form", () => {
  test("has CiviForm's field names, ids and labels", () => {
    const html = newApiKeyPage(blank);
    const names = ["keyName", "expiration", "subnet", "grant-program-read[housing]", "grant-program-write[housing]"];
    for (const name of names) expect(namesOf(html)).toContain(name);
    expect(elementById(html, "apikey-submit-button").tag).toBe("button");
    expect(elementById(html, "housing").attributes.get("value")).toBe("true");
    for (const label of ["API key name", "Expiration date", "API key subnet", "Create"]) {
      expect(readText(html)).toContain(label);
    }
  });

  test("names each box by its program", () => {
    expect(readText(newApiKeyPage(blank))).toContain("Read : Housing assistance Write : Housing assistance");
  });

  test("asks for the password only where that is needed", () => {
    expect(namesOf(newApiKeyPage(blank))).not.toContain("currentPassword");
    expect(namesOf(newApiKeyPage({ ...blank, proof: passwordProof }))).toContain("currentPassword");
  });

  test("offers only dates that are allowed", () => {
    const offered = (latestExpiration: string | null) =>
      readElements(newApiKeyPage({ ...blank, latestExpiration }))
        .filter(({ attributes }) => attributes.get("data-fill") === "expiration")
        .map(({ attributes }) => attributes.get("data-value"));
    expect(offered(null)).toEqual(["2026-12-23", "2027-02-21", "2027-11-23"]);
    expect(offered("2027-01-01")).toEqual(["2026-12-23"]);
  });

  test("keeps a text that is not a date, which a date field would drop", () => {
    const values = { ...emptyNewApiKey, expiration: "next Tuesday" };
    const field = elementById(newApiKeyPage({ ...blank, values }), "expiration").attributes;
    expect([field.get("type"), field.get("value")]).toEqual(["text", "next Tuesday"]);
    expect(elementById(newApiKeyPage(blank), "expiration").attributes.get("type")).toBe("date");
  });

  test("links every problem to its field and puts it there too", () => {
    const problems = { keyName: ["Key name cannot be blank."], grants: ["Select one."] };
    const html = newApiKeyPage({ ...blank, problems });
    expect(readText(html)).toContain("There are 2 problems");
    expect(elementById(html, "keyName").attributes.get("aria-invalid")).toBe("true");
    expect(elementById(html, "keyName").attributes.get("aria-describedby")).toContain("keyName_problems");
    expect(html).toContain('href="#grants"');
    expect(html).toContain("<title>Error: Create a new API key – CiviKey</title>");
  });

  test("gives a program whose slug is the name of a field an id of its own", () => {
    const offer = offerOf([{ name: "Notes", slug: "note", isPublished: true }]);
    const html = newApiKeyPage({ ...blank, offer });
    expect(elementById(html, "note").tag).toBe("textarea");
    expect(elementById(html, "program_note").attributes.get("name")).toBe("grant-program-read[note]");
  });

  test("without a program says how to make one, and has no form", () => {
    const html = newApiKeyPage({ ...blank, offer: offerOf([]) });
    expect(readText(html)).toContain("You must create and publish a program before creating an API Key.");
    expect(namesOf(html)).not.toContain("keyName");
  });

  test("never meets htmx, so that its answer enters no history", () => {
    const asked = readElements(newApiKeyPage(blank)).filter(({ attributes }) =>
      [...attributes.keys()].some((name) => name.startsWith("hx-")),
    );
    const opened = blank.offer.found.map(() => ["choose", "/admin/apiKeys/new"]);
    expect(asked.map(({ attributes }) => [attributes.get("name"), attributes.get("hx-post")])).toEqual([
      ...opened,
      [undefined, "/admin/apiKeys/new/preview"],
      // What watches the session.
      [undefined, undefined],
    ]);
    expect(elementById(newApiKeyPage(blank), "new_key").attributes.get("method")).toBe("post");
  });

  test("among many programs has those that are chosen and those that are found, and still is no form of htmx", () => {
    const meals = { name: "Senior meals", slug: "meals", isPublished: false };
    const offer = { chosen: [housing], found: [meals], foundCount: 812, areMany: true };
    const values = { ...emptyNewApiKey, write: new Set(["housing"]) };
    const html = newApiKeyPage({ ...blank, offer, values, programSearch: "s" });
    const isChecked = (id: string) => elementById(html, id).attributes.has("checked");
    expect(["housing", "write_housing", "meals"].map(isChecked)).toEqual([false, true, false]);
    expect(readText(html)).toContain("The first 1 of 812 programs for “s”.");
    const asked = readElements(html).filter(({ attributes }) =>
      [...attributes.keys()].some((name) => name.startsWith("hx-")),
    );
    expect(asked.map(({ tag, attributes }) => [tag, attributes.get("name"), attributes.get("formaction")])).toEqual([
      // The search is the first button, which Enter presses.
      ["button", undefined, "/admin/apiKeys/new"],
      ["button", "choose", "/admin/apiKeys/new"],
      ["button", "choose", "/admin/apiKeys/new"],
      ["aside", undefined, undefined],
      ["div", undefined, undefined],
    ]);
    expect(asked[0]?.attributes.has("hx-push-url")).toBeFalse();
  });
});

describe("the credentials page", () => {
  const html = credentialsPage({
    page,
    apiKey: sampleKey({ name: "It's new" }),
    credentials: {
      keyId: "cvk_id",
      secret: new Secret("cvs_secret"),
      token: new Secret("dG9rZW4="),
    },
    baseUrl: "https://keys.example.org",
  });

  test("labels the three values and gives a line to try them with", () => {
    const text = readText(html);
    expect(text).toContain("Created API key: It's new");
    expect(text).toContain("API secret token dG9rZW4= Copy API secret token");
    expect(text).toContain("API username cvk_id");
    expect(text).toContain("API password cvs_secret");
    expect(text).toContain("curl --user 'cvk_id:cvs_secret' 'https://keys.example.org/api/v1/checkAuth'");
    expect(elementById(html, "api-key-credentials").tag).toBe("code");
  });

  test("gives the values in the forms that tools read", () => {
    expect(textById(html, "api_key_pair")).toBe("cvk_id\ncvs_secret");
    expect(textById(html, "api_key_env").split("\n")).toEqual([
      "CIVIKEY_URL=https://keys.example.org",
      "CIVIKEY_USERNAME=cvk_id",
      "CIVIKEY_PASSWORD=cvs_secret",
      "CIVIKEY_TOKEN=dG9rZW4=",
    ]);
    expect(textById(html, "api_key_netrc")).toBe("machine keys.example.org login cvk_id password cvs_secret");
    const text = readText(html);
    expect(text).toContain("curl --netrc-file civikey.netrc 'https://keys.example.org/api/v1/checkAuth'");
    const list = "https://keys.example.org/api/v1/admin/programs/housing-assistance/applications";
    expect(text).toContain(`curl --user 'cvk_id:cvs_secret' '${list}'`);
  });

  test("has no htmx, and marks what has to be wiped when it is left", () => {
    expect(html).not.toMatch(/hx-|htmx/);
    const marked = readElements(html).filter(({ attributes }) => attributes.has("data-secret"));
    expect(marked).toHaveLength(9);
  });
});
