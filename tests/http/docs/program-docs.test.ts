import { afterAll, beforeAll, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { startTestApp, type TestApp } from "../../support/app.ts";
import { makeAdmin, makeProgram, ownForm, programExport, signIn } from "../../support/factories.ts";

let app: TestApp;
let cookie: string;

beforeAll(async () => {
  app = await startTestApp();
  await makeAdmin(app);
  cookie = await signIn(app);
});
afterAll(() => app.close());

const read = async (slug: string, stage = "active") => {
  const headers = { cookie, "accept-encoding": "identity" };
  const response = await app.request(`/docs/api/schema/${slug}?stage=${stage}`, { headers });
  return response.text();
};

/** Changes what is stored, so that reading it shows. */
const mark = (text: string) => app.database.client`update program_docs set packed = ${gzipSync(text)}`;

/** Waits until a version's docs are stored. */
async function waitForDocs(versionId: number): Promise<void> {
  for (;;) {
    const found = await app.database.client`
      select 1 from program_docs where version_id = ${versionId}`;
    if (found.length > 0) return;
    await Bun.sleep(20);
  }
}

const listVersions = async () => {
  const rows = await app.database.client<{ id: string }[]>`
    select distinct version_id as id from program_docs order by version_id`;
  return rows.map(({ id }) => Number(id));
};

test("docs are made at the first request, and served as they are stored then", async () => {
  await makeProgram(app, { id: 10, adminName: "once", questions: ["street"] });
  expect(await read("once")).toContain("street");
  await mark("as stored");
  expect(await read("once")).toBe("as stored");
  const html = await app.request("/docs/api/programs/once/active", { headers: { cookie } });
  expect(await html.text()).toContain("as stored");
});

test("whoever accepts gzip gets it as it is stored", async () => {
  const response = await app.request("/docs/api/schema/once", {
    headers: { cookie, "accept-encoding": "gzip" },
  });
  expect(response.headers.get("content-encoding")).toBe("gzip");
  expect(response.headers.get("vary")).toBe("Accept, Accept-Encoding");
  expect(await response.bytes()).toEqual(new Uint8Array(gzipSync("as stored")));
});

test("many first readers get the same docs", async () => {
  await makeProgram(app, { id: 20, adminName: "many" });
  const texts = await Promise.all(Array.from({ length: 8 }, () => read("many")));
  expect(texts[0]).toContain("openapi:");
  expect(new Set(texts).size).toBe(1);
});

test("a new version has new docs, and those of the obsolete one are deleted", async () => {
  await makeProgram(app, { id: 30, adminName: "twice", questions: ["street"] });
  await read("twice");
  expect(await listVersions()).toContain(30);
  await makeProgram(app, { id: 31, adminName: "twice", questions: ["street", "colour"] });
  expect(await read("twice")).toContain("colour");
  const versions = await listVersions();
  expect(versions).toContain(31);
  expect(versions).not.toContain(30);
});

test("a draft's docs go with it, whatever the id of the draft that replaces it", async () => {
  const draft = { id: 40, adminName: "drafted", publish: false };
  await makeProgram(app, { ...draft, questions: ["street"] });
  expect(await read("drafted", "draft")).toContain("street");
  await makeProgram(app, { ...draft, questions: ["colour"] });
  expect(await listVersions()).not.toContain(40);
  expect(await read("drafted", "draft")).toContain("colour");
});

test("an import and a publication in the browser make docs that nobody has asked for yet", async () => {
  const body = new FormData();
  body.set("export", new Blob([programExport({ id: 50, adminName: "prepared" })]), "export.json");
  const headers = { cookie, "sec-fetch-site": "same-origin" };
  await app.request("/admin/programs", { method: "POST", headers, body });
  await waitForDocs(50);
  await app.database.client`delete from program_docs`;
  await app.request("/admin/programs/prepared/publish", {
    ...{ method: "POST", headers: { ...ownForm, cookie } },
    body: new URLSearchParams({ version: "50" }),
  });
  await waitForDocs(50);
  expect(await listVersions()).toEqual([50]);
});
