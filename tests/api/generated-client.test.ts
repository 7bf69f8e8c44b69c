import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import openapiTS, { astToString } from "openapi-typescript";
import { importApplications } from "../../src/domain/applications/imports/import.ts";
import { importProgram } from "../../src/domain/programs/import.ts";
import { noon } from "../support/app.ts";
import { readFixture } from "../support/docs-samples.ts";
import { actor, bytesOf, makeKey } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";

let app: ListeningApp;
let folder: string;
let generated: Awaited<ReturnType<typeof generate>>;
const slug = "every-question-type";

setDefaultTimeout(60_000);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "civikey-client-"));
  await symlink(join(import.meta.dir, "../../node_modules"), join(folder, "node_modules"));
  app = await startListeningApp();
  const { db } = app.database;
  const text = readFixture("every-question-type-export.json");
  await importProgram(db, { text, publish: true, actor, now: noon });
  const source = bytesOf(readFixture("every-question-type-applications.ndjson"));
  await importApplications(db, {
    slug,
    source,
    name: "test",
    skipInvalid: false,
    actor,
    now: noon,
  });
  generated = await generate();
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

/** What an integrator writes. Where a type should stop them, the compiler must say so. */
const client = `
import createClient from "openapi-fetch";
import type { components, paths } from "./document.ts";

type Application = components["schemas"]["application"];
type Media = "application/json" | "application/problem+json";

export async function listApplications(baseUrl: string, token: string): Promise<Application[]> {
  const headers = { Authorization: \`Basic \${token}\` };
  const client = createClient<paths, Media>({ baseUrl, headers });
  const found: Application[] = [];
  let nextPageToken: string | undefined;
  do {
    const { data, error } = await client.GET("/applications", {
      params: { query: { pageSize: 2, revisionState: "CURRENT", nextPageToken } },
    });
    if (error) throw new Error(error.detail);
    found.push(...data.payload);
    nextPageToken = data.nextPageToken ?? undefined;
  } while (nextPageToken !== undefined);
  return found;
}

export async function getApplication(baseUrl: string, token: string, applicationId: number) {
  const headers = { Authorization: \`Basic \${token}\` };
  const client = createClient<paths, Media>({ baseUrl, headers });
  const { data } = await client.GET("/applications/{applicationId}", {
    params: { path: { applicationId } },
  });
  return data;
}

export function listPay({ application }: Application): (number | null)[] {
  return application.household_members.entities
    .flatMap((member) => member.jobs?.entities ?? [])
    .map((job) => job.pay?.currency_dollars ?? null);
}

export function misread({ application }: Application) {
  // @ts-expect-error nobody was ever asked this
  application.shoe_size;
  // @ts-expect-error a number is no text
  const income: string | null = application.monthly_income.currency_dollars;
  // @ts-expect-error an answer can be missing
  const date: string = application.birth_date.date;
  // @ts-expect-error this question is in the entities of another one
  application.pay;
  // @ts-expect-error not a type of question
  const isNumber = application.household_size.question_type === "NUMERAL";
  return [income, date, isNumber];
}
`;

/** The program's document as TypeScript, and the client beside it. */
async function generate(): Promise<{ file: string; baseUrl: string }> {
  const response = await fetch(`${app.url}/docs/api/schema/${slug}`, {
    headers: { accept: "application/json" },
  });
  const document = JSON.parse(await response.text());
  await Bun.write(join(folder, "document.ts"), astToString(await openapiTS(document)));
  const file = join(folder, "client.ts");
  await Bun.write(file, client);
  return { file, baseUrl: document.servers[0].url };
}

/** What the compiler says of a file, with the strictest settings. */
async function typeCheck(file: string): Promise<string> {
  const compiler = join(import.meta.dir, "../../node_modules/.bin/tsc");
  const target = ["--target", "esnext", "--module", "esnext", "--moduleResolution", "bundler"];
  const settings = ["--strict", "--noEmit", "--allowImportingTsExtensions", "--skipLibCheck", "--types", ""];
  const child = Bun.spawn([process.execPath, compiler, ...target, ...settings, file], { cwd: folder, stderr: "pipe" });
  const said = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return said.join("");
}

test("a client generated from a program's document compiles, with types for the program's questions", async () => {
  expect(await typeCheck(generated.file)).toBe("");
});

test("a client generated from a program's document lists every application, page by page", async () => {
  const { file, baseUrl } = generated;
  const { token } = await makeKey(app, { slug, subnet: "127.0.0.1/32" });
  const { listApplications, getApplication, listPay } = await import(file);
  const found = await listApplications(baseUrl, token);
  expect(found.map((each: Record<string, number>) => each.application_id)).toEqual([
    9007199254740996, 5004, 5002, 5001,
  ]);
  expect(listPay(found.at(-1))).toEqual([1234.56]);
  expect(await getApplication(baseUrl, token, 5002)).toMatchObject({ application_id: 5002 });
});
