import { expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import { allQuestions } from "../../../src/domain/access/questions.ts";
import type { DocsSource } from "../../../src/domain/openapi/program-docs.ts";
import { parseProgramExport } from "../../../src/domain/programs/civiform-export.ts";
import { packInWorker } from "../../../src/http/docs/in-worker.ts";
import { TooLateError } from "../../../src/lib/limits/deadline.ts";
import { programExport } from "../../support/factories.ts";

const { definition, questions } = parseProgramExport(programExport({ questions: ["street"] }));
const source: DocsSource = {
  version: { slug: "s", adminName: "s", name: "s", stage: "active", version: 1, versions: [] },
  part: "page",
  questions: allQuestions,
  operations: [],
  definitions: { definition, questions: [JSON.stringify(questions)] },
  baseUrl: "https://civikey.example.gov",
  zone: "UTC",
};
const never = new AbortController().signal;
const workerOf = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
const silent = workerOf("self.onmessage = () => {};");

test("docs from a thread are whole", async () => {
  const text = gunzipSync(await packInWorker(source, { signal: never })).toString();
  expect(text).toContain("street");
  expect(text).toContain("https://civikey.example.gov/api/v1");
});

test("a thread that hangs is given up", async () => {
  const docs = packInWorker(source, { signal: never, waitMs: 1 }, silent);
  await expect(docs).rejects.toBeInstanceOf(TooLateError);
});

test("a thread that ends by itself, or fails, is an error at once", async () => {
  for (const code of [
    "process.exit(0)",
    "throw new Error('broken')",
    "self.onmessage = () => { throw new Error('x'); }",
  ]) {
    await expect(packInWorker(source, { signal: never }, workerOf(code))).rejects.toThrow();
  }
});

test("a thread that works is stopped, and one that would begin is not started, with the reason", async () => {
  const stopping = new AbortController();
  const docs = packInWorker(source, { signal: stopping.signal }, silent);
  stopping.abort(new Error("The server is stopping."));
  await expect(docs).rejects.toThrow("The server is stopping.");
  await expect(packInWorker(source, { signal: stopping.signal }, silent)).rejects.toThrow("The server is stopping.");
});
