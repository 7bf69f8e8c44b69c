import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import type { DocsSource, PackedDocs } from "../../../src/domain/openapi/program-docs.ts";
import { packDocs } from "../../../src/http/docs/pack-docs.ts";
import { createProgramDocs, type ProgramDocsDeps } from "../../../src/http/docs/program-docs.ts";
import { TooLateError } from "../../../src/lib/limits/deadline.ts";
import { createLog } from "../../../src/log.ts";
import { startTestApp, type TestApp, zone } from "../../support/app.ts";
import { makeAdmin, makeProgram, signIn } from "../../support/factories.ts";

let home: TestApp;
let cookie: string;

beforeAll(async () => {
  home = await startTestApp();
  await makeAdmin(home);
  cookie = await signIn(home);
  await makeProgram(home, { id: 1, adminName: "small", questions: ["street"] });
  const questions = Array.from(
    { length: 300 },
    (_, index) => `colour ${"x".repeat(index % 100)}${"y".repeat(index / 100)}`,
  );
  await makeProgram(home, { id: 2, adminName: "large", questions });
  await makeProgram(home, { id: 3, adminName: "larger", questions });
  await makeProgram(home, {
    id: 4,
    adminName: "widest",
    questions: questions.flatMap((name) => ["a", "b", "c", "d"].map((end) => name + end)),
  });
});
afterAll(() => home.close());

/** What was made aside so far, and what became of it. */
let aside: { source: DocsSource; answer: PromiseWithResolvers<PackedDocs> }[];
let logLines: string[];
beforeEach(() => {
  aside = [];
  logLines = [];
});

/** The product, whose large docs are made when a test says so. */
async function start(deps: Partial<ProgramDocsDeps> = {}) {
  const programDocs = createProgramDocs({
    db: home.database.db,
    log: createLog({ level: "debug", format: "json", destination: { write: (line) => logLines.push(line) } }),
    zone,
    baseUrl: () => "https://one.example.gov",
    packAside(source, { signal }) {
      signal.throwIfAborted();
      const answer = Promise.withResolvers<PackedDocs>();
      signal.addEventListener("abort", () => answer.reject(signal.reason));
      aside.push({ source, answer });
      return answer.promise;
    },
    ...deps,
  });
  const app = await startTestApp({ database: home.database, programDocs });
  const get = (slug: string, more: { stage?: string; accept?: string; encoding?: string } = {}) => {
    const { stage = "active", accept = "*/*", encoding = "identity" } = more;
    return app.request(`/docs/api/schema/${slug}?stage=${stage}`, {
      headers: { cookie, accept, "accept-encoding": encoding },
    });
  };
  const read = async (...args: Parameters<typeof get>) => (await get(...args)).text();
  return { app, programDocs, get, read };
}

/** Waits until so much is being made aside. */
async function untilAside(count: number): Promise<void> {
  while (aside.length < count) await Bun.sleep(1);
}

const finish = (index: number) => {
  const made = aside[index];
  made?.answer.resolve(packDocs(made.source));
};

test("docs of a program that nobody prepared are there at the first request, in every form", async () => {
  const { app, read } = await start();
  expect(await read("small")).toContain("openapi: ");
  expect(await read("small", { accept: "application/json" })).toStartWith('{"openapi":');
  const page = await app.request("/docs/api/programs/small/active", { headers: { cookie } });
  expect(await page.text()).toContain("street");
  expect(aside).toEqual([]);
});

test("whoever accepts gzip gets the same docs compressed", async () => {
  const { get, read } = await start();
  const response = await get("small", { encoding: "gzip" });
  expect(response.headers.get("content-encoding")).toBe("gzip");
  expect(response.headers.get("vary")).toBe("Accept, Accept-Encoding");
  expect(gunzipSync(await response.bytes()).toString()).toBe(await read("small"));
});

test("large docs come piece by piece, so that hundreds of readers fit into memory", async () => {
  const { app, get } = await start({ packAside: async (source) => packDocs(source) });
  const page = (headers = {}) => app.request("/docs/api/programs/large/active", { headers: { cookie, ...headers } });
  for (const response of [await get("large"), await page()]) {
    const pieces = response.body ? await Array.fromAsync(response.body) : [];
    expect(Buffer.concat(pieces).length).toBeGreaterThan(200_000);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(100_000);
  }
  const [plain, ...packed] = await Promise.all([
    page(),
    ...Array.from({ length: 9 }, () => page({ "accept-encoding": "gzip" })),
  ]);
  const text = await plain?.text();
  for (const response of packed) expect(gunzipSync(await response.bytes()).toString()).toBe(text ?? "");
});

test("a connection that ends with the answer gets docs with their length, and is refused those of megabytes, packed ones excepted", async () => {
  const { app } = await start({ packAside: async (source) => packDocs(source) });
  const server = Bun.serve({ port: 0, fetch: (request) => app.app.handle(request, "127.0.0.1") });
  const ask = (path: string, encoding = "identity") =>
    fetch(new URL(path, server.url), { headers: { cookie, connection: "close", "accept-encoding": encoding } });
  const placesOf = (slug: string) => [`/docs/api/schema/${slug}`, `/docs/api/programs/${slug}/active`];
  for (const path of placesOf("large")) {
    const response = await ask(path);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-length")).toBe(String((await response.bytes()).length));
  }
  for (const path of placesOf("widest")) {
    const refused = await ask(path);
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain("accept gzip");
    const packed = await ask(path, "gzip");
    expect([packed.status, packed.headers.get("content-length") === null]).toEqual([200, false]);
  }
  await server.stop(true);
});

test("a large program is documented once, aside, for all its readers, who keep no small program waiting", async () => {
  const { read } = await start();
  const readers = Array.from({ length: 8 }, () => read("large"));
  await untilAside(1);
  expect(await read("small")).toContain("street:");
  finish(0);
  const texts = await Promise.all(readers);
  expect(texts[0]).toContain("colour_xxx:");
  expect(new Set([...texts, await read("large")]).size).toBe(1);
  expect(aside).toHaveLength(1);
});

test("large programs are documented one after another, and one that fails stops neither the next nor a second try", async () => {
  const { get, read } = await start();
  const failing = get("large");
  await untilAside(1);
  const next = read("larger");
  await Bun.sleep(5);
  expect(aside).toHaveLength(1);
  aside[0]?.answer.reject(new Error("out of memory"));
  expect((await failing).status).toBe(500);
  await untilAside(2);
  finish(1);
  expect(await next).toContain("colour_xxx:");
  const again = read("large");
  await untilAside(3);
  finish(2);
  expect(await again).toContain("colour_xxx:");
  expect(logLines.join()).toContain("docs could not be made");
});

test("docs that take too long are a 503 that says when to come back, no error, and are there then", async () => {
  const { app, get, read } = await start({ waitMs: 20 });
  const response = await get("large");
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
  expect(await response.text()).toContain("These docs are being made.");
  const reported = app.logLines.filter(({ msg }) => msg === "failed");
  expect(reported).toMatchObject([{ level: "info", error: { message: "These docs are being made." } }]);
  expect(JSON.stringify(reported)).not.toContain('"at"');
  await untilAside(1);
  finish(0);
  expect(await read("large")).toContain("colour_xxx:");
  expect(aside).toHaveLength(1);
});

test("docs that could not be made in time are not tried again for every reader", async () => {
  const { get } = await start();
  const reading = get("large");
  await untilAside(1);
  aside[0]?.answer.reject(new TooLateError("no answer within 60000 ms"));
  await reading;
  const later = await get("large");
  expect([later.status, later.headers.get("retry-after")]).toEqual([503, "3600"]);
  expect(aside).toHaveLength(1);
});

test("a server that stops keeps nobody waiting for docs", async () => {
  const { programDocs, get } = await start();
  const [making, waiting] = [get("large"), get("larger")];
  await untilAside(1);
  programDocs.close();
  expect((await making).status).toBe(503);
  expect((await waiting).status).toBe(503);
  expect(logLines).toEqual([]);
});

test("servers with other public addresses share a database, each with its own docs", async () => {
  const [one, two] = [await start(), await start({ baseUrl: () => "https://two.example.gov" })];
  for (let round = 0; round < 2; round += 1) {
    expect(await one.read("small")).toContain("https://one.example.gov/api");
    expect(await two.read("small")).toContain("https://two.example.gov/api");
  }
});

test("a new version has new docs at once", async () => {
  const { read } = await start();
  await makeProgram(home, { id: 30, adminName: "twice", questions: ["street"] });
  expect(await read("twice")).not.toContain("colour:");
  await makeProgram(home, { id: 31, adminName: "twice", questions: ["street", "colour"] });
  expect(await read("twice")).toContain("colour:");
});

test("a draft's docs go with it, whatever the id of the draft that replaces it", async () => {
  const { read } = await start();
  const draft = { id: 40, adminName: "drafted", publish: false };
  await makeProgram(home, { ...draft, questions: ["street"] });
  expect(await read("drafted", { stage: "draft" })).toContain("street:");
  await makeProgram(home, { ...draft, questions: ["colour"] });
  expect(await read("drafted", { stage: "draft" })).toContain("colour:");
});
