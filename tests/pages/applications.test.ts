import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type AdminAtPages, signInToPages } from "../support/admin-pages.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { applicationRecord, importRecords, makeAdmin, makeKey, makeProgram } from "../support/factories.ts";
import { hrefsIn, readElements, readText } from "../support/markup.ts";

let app: TestApp;
let admin: AdminAtPages;
let token: string;

const list = "/admin/programs/snow-removal/applications";
const apiList = "/api/v1/admin/programs/snow-removal/applications";
const times = ["2025-11-03T08:00:00Z", "2025-11-03T07:59:59.999999Z", "2025-11-04T07:59:59Z", "2025-11-04T08:00:00Z"];

beforeAll(async () => {
  app = await startTestApp();
  await makeAdmin(app);
  await makeProgram(app, { name: "Snow removal" });
  await makeProgram(app, { id: 2, adminName: "draft-program", publish: false });
  await makeProgram(app, { id: 3, adminName: "elsewhere", programType: "EXTERNAL" });
  await importRecords(
    app,
    Array.from({ length: 120 }, (_, index) =>
      applicationRecord(index + 1, {
        submit_time: times[index % times.length],
        revision_state: index % 3 === 0 ? "OBSOLETE" : "CURRENT",
      }),
    ),
  );
  token = (await makeKey(app)).token;
  admin = await signInToPages(app);
});
afterAll(() => app.close());

const idsIn = (html: string) => hrefsIn(html).flatMap((href) => /\/applications\/(\d+)$/.exec(href)?.[1] ?? []);

/** The IDs on every page, page by page. */
async function walk(query: string): Promise<string[][]> {
  const pages: string[][] = [];
  let path: string | undefined = `${list}${query}`;
  while (path !== undefined) {
    const { html } = await admin.open(path);
    pages.push(idsIn(html));
    path = hrefsIn(html).find((href) => href.includes("after="));
  }
  return pages;
}

async function callApi(query: string) {
  const response = await app.call(`${apiList}${query}`, token);
  const body: unknown = await response.json();
  return { status: response.status, body };
}

describe("choosing a program", () => {
  test("offers only programs that the API serves", async () => {
    const { html, text } = await admin.open("/admin/applications");
    expect(hrefsIn(html)).toContain(list);
    expect(text).toContain("Snow removal snow-removal 120");
    for (const slug of ["draft-program", "elsewhere"]) expect(text).not.toContain(slug);
  });

  test("searches in place", async () => {
    const { html } = await admin.open("/admin/applications?q=nothing", { "hx-request": "true" });
    expect(html).not.toContain("<html");
    expect(readText(html)).toContain("No programs found for “nothing”.");
  });
});

describe("the applications of a program", () => {
  const queries = [
    "",
    "?revisionState=OBSOLETE",
    "?fromDate=2025-11-03",
    "?toDate=2025-11-04",
    "?fromDate=2025-11-03&toDate=2025-11-04&revisionState=CURRENT",
    "?fromDate=2025-11-03T08:00:00Z&toDate=2025-11-03T08:00:01",
    "?fromDate=2025-11-05&toDate=2025-11-01",
    "?fromDate=0001-01-01&toDate=9999-12-31",
  ];
  for (const query of queries) {
    test(`are exactly what the API serves: ${query || "without a filter"}`, async () => {
      const { body } = await callApi(query);
      const { payload } = body as { payload: { application_id: number }[] };
      const served = payload.map(({ application_id }) => String(application_id));
      const pages = await walk(query);
      expect(pages.flat()).toEqual(served);
      expect(pages.map(({ length }) => length).every((length) => length <= 50)).toBeTrue();
    });
  }

  test("come page by page, each once, with the filter kept", async () => {
    const pages = await walk("?revisionState=CURRENT");
    expect(pages.map(({ length }) => length)).toEqual([50, 30]);
    expect(new Set(pages.flat()).size).toBe(80);
  });

  test("show applicant, time, status and revision state", async () => {
    const { text } = await admin.open(list);
    expect(text).toContain("120 1120 Nov 4, 2025, 12:00 AM PST None Current");
    expect(text).toContain(`curl --user 'KEY_ID:SECRET' 'http://localhost:9000${apiList}'`);
  });

  const [aDate, aState] = ["Enter a date such as 2026-01-31.", "Choose Current, Obsolete or Both."];
  const malformed: readonly [name: string, value: string, problem: string][] = [
    ["fromDate", "yesterday", aDate],
    ["fromDate", "2025-02-30", aDate],
    ["toDate", "<script>alert(1)</script>", aDate],
    ["revisionState", "DRAFT", aState],
    ["revisionState", "' or 1=1", aState],
  ];
  for (const [name, value, problem] of malformed) {
    test(`refuse ${name} ${JSON.stringify(value)}, as the API does, in place`, async () => {
      const query = `?${new URLSearchParams({ [name]: value })}`;
      expect((await callApi(query)).status).toBe(400);
      const { response, html, text } = await admin.open(list + query);
      expect(response.status).toBe(422);
      expect(text).toContain(problem);
      expect(idsIn(html)).toEqual([]);
      const field = readElements(html).find(({ attributes }) => attributes.get("id") === name);
      expect(field?.attributes.get("aria-invalid")).toBe("true");
      const values = readElements(html).map(({ attributes }) => attributes.get("value"));
      expect(values).toContain(value);
    });
  }

  test("report everything wrong with the filter together, a repeated parameter included", async () => {
    const { text } = await admin.open(`${list}?fromDate=x&toDate=1&toDate=2&revisionState=y`);
    expect(text).toContain(`There are 3 problems ${aDate} ${aDate} ${aState}`);
  });

  test("ignore empty filters, and start at the first page when the place is invalid", async () => {
    const all = idsIn((await admin.open(list)).html);
    expect(idsIn((await admin.open(`${list}?fromDate=&toDate=&revisionState=`)).html)).toEqual(all);
    for (const after of ["", "x", "1e3", "99999999999999999999", "-", "1"]) {
      expect(idsIn((await admin.open(`${list}?after=${after}`)).html)).toEqual(all);
    }
  });

  test("are found by status and by ID, and downloaded as the API writes them, which the audit log says", async () => {
    await admin.send(`${list}/7/status`, { status: "Approved", note: "" });
    const approved = await admin.open(`${list}?status=Approved`);
    expect([idsIn(approved.html), idsIn((await admin.open(`${list}?q=8`)).html)]).toEqual([["7"], ["8"]]);
    expect(approved.text).toContain("1 matching application.");
    expect((await admin.open(`${list}?q=A-8`)).text).toContain("Enter an application ID, such as 1042.");
    const { response, html: csv } = await admin.open(`${list}/download?status=Approved`);
    expect(response.headers.get("content-disposition")).toMatch(
      /^attachment; filename="[\d-]+-snow-removal-applications.csv"$/,
    );
    const accept = { accept: "text/csv" };
    const served = await (await app.call(apiList, token, { headers: accept })).text();
    expect(csv.split("\r\n")).toEqual(
      served.split("\r\n").filter((line, index) => index === 0 || line.startsWith("1007,7,") || line === ""),
    );
    const { html: ndjson } = await admin.open(`${list}/download?format=ndjson&fromDate=2025-11-03`);
    const { body } = await callApi("?fromDate=2025-11-03");
    expect(
      ndjson
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual((body as { payload: unknown[] }).payload);
    expect((await admin.open(`${list}/download?fromDate=never`)).response.status).toBe(400);
    const { text } = await admin.open("/admin/audit?what=applications.downloaded");
    expect(text).toContain("2 audit events");
    expect(text).toContain(
      "ada@example.org downloaded applications of the program Snow removal Details format ndjson from date 2025-11-03",
    );
  });

  test("answer htmx with the changed part only, at the same address", async () => {
    const { html, response } = await admin.open(`${list}?revisionState=CURRENT`, {
      "hx-request": "true",
    });
    expect(html).not.toContain("<html");
    expect(html).toContain('id="applications"');
    expect(response.headers.get("vary")).toContain("HX-Request");
  });

  test("are not listed for a program that is not served; the page says what the API answers", async () => {
    const draft = await admin.open("/admin/programs/draft-program/applications");
    expect(draft.text).toContain("Program not found for slug: draft-program");
    expect(hrefsIn(draft.html)).toContain("/admin/programs/draft-program/publish");
    const external = await admin.open("/admin/programs/elsewhere/applications");
    expect(external.text).toContain("External programs have no applications.");
    for (const slug of ["draft-program", "elsewhere"]) {
      expect((await admin.open(`/admin/programs/${slug}/applications/1`)).response.status).toBe(400);
    }
  });
});

describe("one application", () => {
  test("shows the answers, and the JSON as the API returns it", async () => {
    const served = await (await app.call(`${apiList}/7`, token)).text();
    const { text, html } = await admin.open(`${list}/7`);
    for (const fact of ["Application 7", "Applicant ID 1007", "applicant name", "Taylor 7"]) {
      expect(text).toContain(fact);
    }
    expect(text).toContain(served);
    expect(hrefsIn(html)).toContain(list);
  });

  test("shows its status history: which key set it, and what an import changed", async () => {
    expect((await admin.open(`${list}/8`)).text).not.toContain("Status history");
    const { token: writer, apiKey } = await makeKey(app, {
      permission: "WRITE",
      keyName: "Status <keeper>",
    });
    const set = await app.call(`${apiList}/8/status`, writer, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ status: "In <review>", note: "First & last" }),
    });
    expect(set.status).toBe(200);
    await importRecords(app, [
      applicationRecord(8, {
        status: "Approved",
        status_last_modified_time: "2026-02-01T10:00:00Z",
      }),
    ]);
    const { text, html } = await admin.open(`${list}/8`);
    const history = text.slice(text.indexOf("Status history"));
    for (const row of ["Approved In <review> None Import", "In <review> None First & last Status <keeper>"]) {
      expect(history).toContain(row);
    }
    expect(hrefsIn(html)).toContain(`/admin/apiKeys/${apiKey.id}`);
    expect((await admin.open(`${list}?before=9`)).text).toContain("Approved");
  });

  test("is 404 in another program, or with an invalid ID", async () => {
    await makeProgram(app, { id: 4, adminName: "other" });
    for (const path of [
      "/admin/programs/other/applications/7",
      `${list}/999`,
      `${list}/x`,
      `${list}/7.0`,
      `${list}/9999999999999999999`,
      `${list}/%00`,
    ]) {
      expect(`${path} ${(await admin.open(path)).response.status}`).toBe(`${path} 404`);
    }
  });

  test("shows hostile text in every field as text", async () => {
    const hostile = `"><img src=x onerror="alert(1)">&lt;b&gt;`;
    const type = {
      question_type: hostile,
      [hostile]: hostile,
      list: [hostile],
      object: { hostile },
    };
    const known = (question_type: string, more: object) => ({ question_type, ...more });
    await importRecords(app, [
      applicationRecord(500, {
        ...{ language: hostile, status: hostile, application_note: hostile, [hostile]: hostile },
        ...{ submitter_type: hostile, ti_email: hostile, ti_organization: hostile },
        application: {
          applicant_name: known("TEXT", { text: hostile }),
          [hostile]: type,
          plain: hostile,
          name: known("NAME", { first_name: hostile, nickname: hostile }),
          address: known("ADDRESS", { street: hostile, zip: hostile, corrected: hostile }),
          money: known("CURRENCY", { currency_dollars: hostile }),
          day: known("DATE", { date: hostile }),
          choice: known("SINGLE_SELECT", { selection: hostile }),
          choices: known("MULTI_SELECT", { selections: [hostile, hostile] }),
          file: known("FILE_UPLOAD", { file_key: hostile, file_urls: ["javascript:alert(1)"] }),
          members: known("ENUMERATOR", {
            entities: [{ entity_name: hostile, [hostile]: type }, hostile],
          }),
        },
      }),
    ]);
    for (const path of [list, `${list}/500`]) {
      const { html, text, response } = await admin.open(path);
      expect(response.status).toBe(200);
      expect(text).toContain(hostile);
      const elements = readElements(html);
      expect(elements.filter(({ tag }) => tag === "img" || tag === "b")).toEqual([]);
      for (const { attributes } of elements) {
        expect([...attributes.keys()].filter((name) => name.startsWith("on"))).toEqual([]);
        expect(attributes.get("href") ?? "/").not.toStartWith("javascript:");
      }
    }
  });

  test("is shown whatever its year", async () => {
    const years = ["0001-01-02T00:00:00Z", "9999-12-30T23:59:59.999999Z"];
    await importRecords(
      app,
      years.map((submit_time, index) => applicationRecord(601 + index, { submit_time })),
    );
    expect(idsIn((await admin.open(list)).html).slice(0, 2)).toEqual(["602", "601"]);
    expect((await admin.open(`${list}/601`)).response.status).toBe(200);
    expect((await admin.open(`${list}/602`)).text).toContain("Submitted Dec 30, 9999");
  });

  test("is shown as JSON alone when it has more than 30,000 values, which take long to draw", async () => {
    const entities = Array.from({ length: 20_000 }, () => ({ a: 1 }));
    const application = { many: { question_type: "ENUMERATOR", entities } };
    await importRecords(app, [applicationRecord(9100, { application })]);
    const { html, text } = await admin.open(`${list}/9100`);
    expect(text.includes("This application has too many answers to be shown one by one.")).toBeTrue();
    expect(html.includes("civikey-entity")).toBeFalse();
    expect(text.match(/"a": ?1/g)).toHaveLength(20_000);
  });
});

test("the log says who looked at whose data, and no audit event does", async () => {
  const countEvents = () => app.database.client`select count(*) from audit_events`;
  const before = [...(await countEvents())];
  await admin.open(`${list}/7`);
  expect(app.logLines.at(-1)).toMatchObject({
    ...{ admin: "ada@example.org", viewed: "snow-removal/7", status: 200 },
    route: "/admin/programs/:slug/applications/:id",
  });
  await admin.open(list);
  expect(app.logLines.at(-1)).toMatchObject({ admin: "ada@example.org", viewed: "snow-removal" });
  await admin.open(`${list}/does-not-exist`);
  expect(app.logLines.at(-1)).not.toHaveProperty("viewed");
  expect([...(await countEvents())]).toEqual(before);
});
