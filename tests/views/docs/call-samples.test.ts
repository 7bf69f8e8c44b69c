import { afterAll, beforeAll, expect, test } from "bun:test";
import { callSamples } from "../../../src/views/docs/call-samples.ts";
import { noAssets } from "../../support/app.ts";
import { applicationRecord, importRecords, makeLocalKey, makeProgram } from "../../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../../support/listening.ts";

let app: ListeningApp;
let credentials: string;

beforeAll(async () => {
  app = await startListeningApp({ assets: noAssets });
  await makeProgram(app);
  await importRecords(
    app,
    [1, 2, 3, 4, 5].map((number) => applicationRecord(number)),
  );
  credentials = atob((await makeLocalKey(app)).token);
});
afterAll(() => app.close());

const codeIn = (language: string) => {
  const url = `${app.url}/api/v1/admin/programs/snow-removal/applications?pageSize=2`;
  const sample = callSamples(url).find((each) => each.language === language);
  return (sample?.code ?? "").replace("KEY_ID:SECRET", credentials);
};

/** What a program prints. */
async function run(...command: string[]): Promise<string> {
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "inherit" });
  return new Response(child.stdout).text();
}

test("the samples in Python and JavaScript read every page, and the one for curl the first", async () => {
  const [python, javaScript, curl] = await Promise.all([
    run("python3", "-c", codeIn("Python")),
    run(process.execPath, "-e", codeIn("JavaScript")),
    run("sh", "-c", `${codeIn("curl")} --silent`),
  ]);
  const all = ["1", "2", "3", "4", "5"];
  expect(python.trim().split("\n").sort()).toEqual(all);
  expect(javaScript.trim().split("\n").sort()).toEqual(all);
  expect(JSON.parse(curl).payload).toHaveLength(2);
});

test("the sample in PowerShell, which no machine of ours runs, closes what it opens and quotes its address", () => {
  const code = codeIn("PowerShell");
  for (const [open, close] of ["()", "[]", "{}"]) {
    expect(code.split(open ?? "").length).toBe(code.split(close ?? "").length);
  }
  expect(code.split("'").length % 2).toBe(1);
  const [hostile] = callSamples("https://x.example/a'b").filter(({ language }) => language === "PowerShell");
  expect(hostile?.code).toContain("$url = 'https://x.example/a''b'");
});
