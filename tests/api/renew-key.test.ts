import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addDays, localDate } from "../../src/lib/time/times.ts";
import { zone } from "../support/app.ts";
import { makeKey, makeProgram } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";

const script = join(import.meta.dir, "../../docs/renew-key.sh");
const hasTools = ["bash", "curl", "jq"].every((tool) => Bun.which(tool) !== null);
if (!hasTools) console.warn("renew-key.sh is not run: bash, curl or jq is missing");

let app: ListeningApp;
let folder: string;

beforeAll(async () => {
  app = await startListeningApp();
  Object.assign(app, { now: new Date(), peer: "127.0.0.1" });
  folder = await mkdtemp(join(tmpdir(), "renew-key-"));
  await makeProgram(app);
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

test.if(hasTools)("the script for cron replaces a key that expires soon, and keeps the new credentials", async () => {
  const now = new Date();
  const dayAfter = (days: number) => addDays(localDate(now, zone), days);
  const dates = { now, expiration: dayAfter(30), renewUntil: dayAfter(300) };
  const { keyId, secret } = await makeKey(app, { subnet: "127.0.0.0/8", ...dates });
  const file = join(folder, "key");
  await Bun.write(file, `user = "${keyId}:${secret}"\n`);
  await chmod(file, 0o600);
  const renew = async (days: string) => {
    const child = Bun.spawn(["bash", script, app.url, file, days], { stdout: "pipe", stderr: "pipe" });
    const output = (await Promise.all([child.stdout.text(), child.stderr.text()])).join("");
    return [await child.exited, output];
  };
  expect(await renew("20")).toEqual([0, ""]);
  expect(await Bun.file(file).text()).toContain(keyId);
  expect(await renew("40")).toEqual([0, ""]);
  const [, newId = "", newSecret = ""] = /^user = "(cvk_\w+):(cvs_\w+)"\n$/.exec(await Bun.file(file).text()) ?? [];
  expect(newId).not.toBe(keyId);
  expect((await app.call("/api/v1/checkAuth", btoa(`${newId}:${newSecret}`))).status).toBe(200);
  expect(await readdir(folder)).toEqual(["key"]);
  // Already replaced: the script fails, so that cron tells somebody, and keeps the credentials that work.
  await Bun.write(file, `user = "${keyId}:${secret}"\n`);
  const [code, output] = await renew("40");
  expect(code).not.toBe(0);
  expect(output).toContain("409");
  expect(await Bun.file(file).text()).toContain(keyId);
});
