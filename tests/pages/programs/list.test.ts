import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { exportBytesMax } from "../../../src/domain/programs/civiform-export.ts";
import { type AdminAtPages, signInToPages } from "../../support/admin-pages.ts";
import { startTestApp, type TestApp } from "../../support/app.ts";
import { importRecords, makeAdmin, makeKey, makeProgram, ownForm, programExport } from "../../support/factories.ts";
import { hrefsIn, readElements, readText } from "../../support/markup.ts";

let app: TestApp;
let admin: AdminAtPages;

beforeAll(async () => {
  app = await startTestApp();
  await makeAdmin(app);
  await makeProgram(app, { name: "Snow removal" });
  await makeProgram(app, { id: 3, adminName: "elsewhere", programType: "EXTERNAL" });
  admin = await signInToPages(app);
});
afterAll(() => app.close());

/** Sends the form as a browser does: the file, and whether to publish it. */
async function upload(content: string | Uint8Array<ArrayBuffer> | undefined, publish = false) {
  const body = new FormData();
  if (content !== undefined) {
    const type = "application/x-msdownload";
    body.set("export", new Blob([content], { type }), "../../etc/passwd\u202e.exe");
  }
  if (publish) body.set("publish", "true");
  const headers = { cookie: admin.cookie, "sec-fetch-site": "same-origin" };
  const response = await app.request("/admin/programs", { method: "POST", headers, body });
  const html = await response.text();
  return { response, html, text: readText(html), location: response.headers.get("location") };
}
const publish = async (slug: string, fields: Record<string, string> = {}) => {
  const response = await app.request(`/admin/programs/${slug}/publish`, {
    ...{ method: "POST", headers: { ...ownForm, cookie: admin.cookie } },
    body: new URLSearchParams(fields),
  });
  return { response, html: await response.text(), location: response.headers.get("location") };
};
type Body = NonNullable<RequestInit["body"]>;
const countRows = async () => {
  const [row] = await app.database.client`
    select (select count(*) from programs)::int as programs,
      (select count(*) from program_versions)::int as versions,
      (select count(*) from audit_events)::int as events`;
  return { ...row };
};

describe("the list of programs", () => {
  test("shows the versions, applications and keys of each, with links", async () => {
    await makeKey(app);
    await importRecords(app, [{ ...record(1) }, record(2)]);
    const { html, text } = await admin.open("/admin/programs?q=snow");
    for (const fact of ["Snow removal", "snow-removal", "Default", "1 version", "1 key", "published"]) {
      expect(text).toContain(fact);
    }
    for (const href of [
      "/admin/programs/snow-removal",
      "/admin/programs/snow-removal/applications",
      "/admin/apiKeys?q=snow-removal",
      "/docs/api/programs/snow-removal/active",
      "/admin/programs/import",
    ]) {
      expect(hrefsIn(html)).toContain(href);
    }
  });

  test("marks external programs, without links to applications or docs", async () => {
    const { html, text } = await admin.open("/admin/programs?q=elsewhere");
    expect(text).toContain("External");
    expect(hrefsIn(html)).not.toContain("/admin/programs/elsewhere/applications");
    expect(hrefsIn(html)).not.toContain("/docs/api/programs/elsewhere/active");
  });

  test("links to the docs of the draft when nothing is published", async () => {
    await makeProgram(app, { id: 8, adminName: "draft-only", publish: false });
    const { html, text } = await admin.open("/admin/programs?q=draft-only");
    expect(hrefsIn(html)).toContain("/docs/api/programs/draft-only/draft");
    expect(text).toContain("Not published yet");
  });

  test("answers htmx with the changed part only, at the same address", async () => {
    const page = await admin.open("/admin/programs?q=snow");
    const part = await admin.open("/admin/programs?q=snow", { "hx-request": "true" });
    expect(page.html).toStartWith("<!doctype html>");
    expect(part.html).not.toContain("<html");
    expect(part.html).toContain('id="programs"');
    expect(page.response.headers.get("vary")).toContain("HX-Request");
  });

  test("says that a search found nothing, and links to all programs", async () => {
    const { text, html } = await admin.open("/admin/programs?q=no+such+program");
    expect(text).toContain("No programs found for “no such program”.");
    expect(hrefsIn(html)).toContain("/admin/programs");
  });

  test("pages through many programs, fifty at a time, each once", async () => {
    await app.database.client`
      insert into programs (slug, admin_name, name, program_type, created_at)
      select 'walk-' || i, 'walk ' || i, 'Walk ' || i, 'DEFAULT', now()
      from generate_series(1, 130) i`;
    const seen: string[] = [];
    let pages = 0;
    let path: string | undefined = "/admin/programs?q=walk";
    while (path !== undefined) {
      const { html } = await admin.open(path);
      seen.push(...hrefsIn(html).filter((href) => /^\/admin\/programs\/walk-\d+$/.test(href)));
      path = hrefsIn(html).find((href) => href.includes("after="));
      pages += 1;
    }
    expect([pages, seen.length, new Set(seen).size]).toEqual([3, 130, 130]);
  });
});

const record = (id: number) => ({
  ...{ applicant_id: 1, application_id: id, revision_state: "CURRENT", application: {} },
  ...{ create_time: "2025-11-03T10:00:00Z", submit_time: "2025-11-03T10:30:00Z" },
});

describe("importing by upload", () => {
  test("makes a draft and redirects to its program, which says what was imported", async () => {
    const { response, location } = await upload(programExport({ id: 100, adminName: "New one" }));
    expect(response.status).toBe(303);
    expect(location).toBe("/admin/programs/new-one?imported=100");
    const { text } = await admin.open(location ?? "");
    expect(text).toContain("Version 100 imported as a draft.");
    expect(text).toContain("This is the program’s first version, with 1 question.");
    const [event] = await app.database.client`
      select actor, address, action from audit_events order by id desc limit 1`;
    expect({ ...event }).toEqual({
      ...{ actor: "ada@example.org", address: "203.0.113.7", action: "program.imported" },
    });
  });

  test("reports the questions added, removed and changed since the newest version", async () => {
    const spec = { adminName: "reported" };
    await upload(programExport({ ...spec, id: 110, questions: ["stays", "goes"] }), true);
    const changed = JSON.parse(programExport({ ...spec, id: 111, name: "Renamed", questions: ["stays", "comes"] }));
    changed.questions[0].type = "number";
    const { location } = await upload(JSON.stringify(changed));
    const { text } = await admin.open(location ?? "");
    expect(text).toContain("Compared with version 110, the previous version. The program now has 2 questions.");
    expect(text).toContain("Program name: reported → Renamed");
    expect(text).toContain("1 question added comes");
    expect(text).toContain("1 question removed goes");
    expect(text).toContain("1 question changed stays type: TEXT → NUMBER");
    const again = await upload(programExport({ ...spec, id: 112, questions: ["stays"] }));
    expect((await admin.open(again.location ?? "")).text).toContain("Compared with draft 111, which it replaced.");
  });

  test("publishes immediately on request", async () => {
    const { location } = await upload(programExport({ id: 120, adminName: "at-once" }), true);
    const { text } = await admin.open(location ?? "");
    expect(text).toContain("Version 120 imported and published.");
    expect(text).not.toContain("Publish draft");
  });

  test("makes no version of an unchanged export, and says so", async () => {
    await upload(programExport({ id: 130, adminName: "the-same" }));
    const { location } = await upload(programExport({ id: 131, adminName: "the-same" }));
    expect(location).toBe("/admin/programs/the-same?unchanged=130");
    expect((await admin.open(location ?? "")).text).toContain(
      "Nothing new to import. The file is the same as the draft, version 130.",
    );
  });

  test("never claims what an address makes up", async () => {
    for (const query of ["imported=1", "imported=999", "unchanged=999", "published=100", "imported=x"]) {
      const { text } = await admin.open(`/admin/programs/new-one?${query}`);
      for (const claim of [
        "imported as a draft",
        "imported and published",
        " published.",
        "Nothing new",
        "Changes in this import",
      ]) {
        expect(text).not.toContain(claim);
      }
    }
  });

  const good = programExport({ id: 140, adminName: "refused" });
  const refused: readonly [what: string, content: string | Uint8Array<ArrayBuffer> | undefined, problem: string][] = [
    ["no file", undefined, "Choose the file to import."],
    ["an empty file", "", "Choose the file to import."],
    [
      "no JSON",
      '{\n  "program": {,',
      "JSON is incorrectly formatted: A name in double quotes is expected (line 2, column 15). This isn’t a CiviForm export. Choose the .json file from Export program.",
    ],
    ["JSON that ends early", good.slice(0, 50), "(line 1, column 51)"],
    ["no UTF-8", Uint8Array.of(0x22, 0xff, 0x22), "the text is not UTF-8"],
    ["no program", "{}", "The export has no program."],
    ["a name that makes no slug", programExport({ id: 141, adminName: "?!" }), 'The admin name "?!" makes no slug.'],
    ["another program's slug", programExport({ id: 142, adminName: "Snow Removal" }), "another program's slug"],
    [
      "an unknown question type",
      good.replace('"type":"text"', '"type":"hologram"'),
      'Question "applicant name" has an unknown type: "hologram".',
    ],
    [
      "a question that is not there",
      good.replace('"questionDefinitions":[{"id":1}]', '"questionDefinitions":[{"id":7}]'),
      "Block 1 names question 7, which is not in the export.",
    ],
    [
      "a change to external",
      programExport({ id: 143, programType: "EXTERNAL" }),
      "A program cannot change from or to EXTERNAL",
    ],
    ["more than 4 MiB", `${good}${" ".repeat(exportBytesMax)}`, "A program export may have 4 MiB at most."],
  ];
  for (const [what, content, problem] of refused) {
    test(`refuses ${what} in place with 422 and stores nothing`, async () => {
      const before = await countRows();
      const { response, text, html } = await upload(content, true);
      expect(response.status).toBe(422);
      expect(text).toContain(problem);
      expect(html).toContain('href="#export"');
      expect(html).toMatch(/id="publish"[^>]*checked/);
      expect(await countRows()).toEqual(before);
    });
  }

  test("accepts a file of exactly 4 MiB", async () => {
    const text = programExport({ id: 150, adminName: "exactly" });
    const { response } = await upload(text + " ".repeat(exportBytesMax - text.length));
    expect(response.status).toBe(303);
  });

  test("hides the file's name, and shows a program's name as text", async () => {
    const name = "<img src=x onerror=alert(1)>";
    const { location } = await upload(programExport({ id: 160, adminName: name, name }));
    expect(location).toBe("/admin/programs/img-src-x-onerror-alert-1?imported=160");
    const { html, text } = await admin.open(location ?? "");
    expect(text).toContain(name);
    expect(readElements(html).map(({ tag }) => tag)).not.toContain("img");
    expect((await upload("{")).html).not.toContain("passwd");
  });

  test("refuses other bodies, and forms from other sites", async () => {
    const before = await countRows();
    const send = (headers: Record<string, string>, body: Body) =>
      app.request("/admin/programs", { method: "POST", headers: { cookie: admin.cookie, ...headers }, body });
    const own = { "sec-fetch-site": "same-origin" };
    const bodies: readonly [Record<string, string>, Body][] = [
      [{ "content-type": "application/json" }, good],
      [{ "content-type": "application/x-www-form-urlencoded" }, new URLSearchParams({ export: good })],
      [{ "content-type": "multipart/form-data; boundary=x" }, "no such form"],
      [{ "content-type": "multipart/form-data" }, "no boundary"],
    ];
    for (const [headers, body] of bodies) expect((await send({ ...own, ...headers }, body)).status).toBe(400);
    const form = new FormData();
    form.set("export", new Blob([good]), "x.json");
    expect((await send({ "sec-fetch-site": "cross-site" }, form)).status).toBe(403);
    const text = new FormData();
    text.set("export", good);
    expect((await send(own, text)).status).toBe(422);
    expect(await countRows()).toEqual(before);
  });
});

describe("one program", () => {
  test("shows its versions, its keys and its audit events", async () => {
    await makeProgram(app, { id: 200, adminName: "shown", name: "Shown" });
    await makeProgram(app, {
      id: 201,
      adminName: "shown",
      name: "Shown",
      questions: ["a", "b"],
      publish: false,
    });
    const { keyId } = await makeKey(app, { keyName: "Case management", slug: "shown" });
    const { text, html } = await admin.open("/admin/programs/shown");
    for (const fact of [
      "201 Draft Jan 15, 2026, 12:00 PM PST Not yet 2",
      "200 Active Jan 15, 2026, 12:00 PM PST Jan 15, 2026, 12:00 PM PST 1",
      `Case management ${keyId} Read Active`,
      "ada@example.org Program imported",
      "ada@example.org Program published",
    ]) {
      expect(text).toContain(fact);
    }
    expect(hrefsIn(html)).toContain("/admin/programs/shown/publish");
  });

  test("with the slug import has a page apart from the import form", async () => {
    await makeProgram(app, { id: 210, adminName: "import", publish: false });
    const list = await admin.open("/admin/programs?q=import");
    const href = hrefsIn(list.html).find((each) => each.startsWith("/admin/programs/%"));
    expect((await admin.open(href ?? "")).text).toContain("Versions");
    expect((await admin.open("/admin/programs/import")).text).toContain("Program export");
    expect((await admin.open(`${href}/publish`)).text).toContain("Publish the draft of import");
    expect((await admin.open("/admin/programs/import/applications")).response.status).toBe(200);
  });

  test("that does not exist is 404", async () => {
    for (const slug of ["nothing", "Snow%20Removal", "%00", "%27--"]) {
      for (const rest of ["", "/publish", "/applications", "/applications/1"]) {
        const { response } = await admin.open(`/admin/programs/${slug}${rest}`);
        expect(`${slug}${rest} ${response.status}`).toBe(`${slug}${rest} 404`);
      }
    }
  });
});

describe("publishing", () => {
  test("asks first, and says what changes", async () => {
    await makeProgram(app, { id: 300, adminName: "publishing" });
    await makeKey(app, { keyName: "Sees all", slug: "publishing" });
    const questions = [{ slug: "publishing", mode: "only", keys: ["application_note"] }];
    await makeKey(app, { keyName: "Sees notes", slug: "publishing", questions });
    await makeProgram(app, {
      id: 301,
      adminName: "publishing",
      questions: ["new"],
      publish: false,
    });
    const { text } = await admin.open("/admin/programs/publishing/publish");
    expect(text).toContain("Publish the draft of publishing ?");
    expect(text).toContain("Changes since version 300");
    expect(text).toContain("1 question added new");
    expect(text).toContain("2 active keys");
    const news = "New questions new New questions seen by Sees all Not seen by Sees notes";
    expect(text).toContain(news);
    const { location } = await publish("publishing", { version: "301" });
    expect(location).toBe("/admin/programs/publishing?published=301");
    expect((await admin.open(location ?? "")).text).toContain("Version 301 published.");
    const more = await upload(programExport({ id: 302, adminName: "publishing", questions: ["new", "newer"] }), true);
    const imported = await admin.open(more.location ?? "");
    expect(imported.text).toContain(news.replace("new New", "newer New"));
  });

  test("refuses a draft other than the one shown, and publishing twice", async () => {
    await makeProgram(app, { id: 310, adminName: "twice", publish: false });
    expect((await publish("twice", { version: "309" })).response.status).toBe(409);
    const answers = await Promise.all([publish("twice"), publish("twice")]);
    expect(answers.map(({ response }) => response.status).toSorted()).toEqual([303, 409]);
    const { response } = await admin.open("/admin/programs/twice/publish");
    expect(response.headers.get("location")).toBe("/admin/programs/twice");
  });
});
