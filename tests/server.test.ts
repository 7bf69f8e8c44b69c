import { afterEach, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { password } from "./support/factories.ts";

const root = join(import.meta.dir, "..");
const folders: string[] = [];
const running = new Set<Bun.Subprocess>();

afterEach(async () => {
  for (const process of running) process.kill("SIGTERM");
  await Promise.all([...running].map((process) => process.exited));
  running.clear();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

function newDataDir(): string {
  const folder = join(tmpdir(), `civikey-server-${crypto.randomUUID()}`);
  folders.push(folder);
  return folder;
}

/** The environment of a machine that knows nothing of CiviKey. */
const plainEnvironment = () => ({
  PATH: process.env.PATH ?? "",
  HOME: process.env.HOME ?? "",
  PORT: "0",
});

async function start(dataDir: string, more: Record<string, string> = {}) {
  const server = Bun.spawn([process.execPath, "src/server.ts"], {
    cwd: root,
    env: { ...plainEnvironment(), DATA_DIR: dataDir, ...more },
    stdout: "pipe",
    stderr: "pipe",
  });
  running.add(server);
  let output = "";
  const reader = server.stdout.getReader();
  const decoder = new TextDecoder();
  const isReady = () => output.includes("listens on") && (more.NO_LINK === "yes" || output.includes("/setup?token="));
  const readOn = async (until: () => boolean) => {
    while (!until()) {
      const { done, value } = await reader.read();
      if (done) return;
      output += decoder.decode(value);
    }
  };
  await readOn(isReady);
  if (!isReady()) throw new Error(`${output}${await new Response(server.stderr).text()}`);
  void readOn(() => false);
  const url = /listens on (\S+)\n/.exec(output)?.[1] ?? "";
  return { server, url, output: () => output };
}

async function cli(dataDir: string, args: readonly string[], input = "") {
  const command = Bun.spawn([process.execPath, "src/cli.ts", ...args], {
    cwd: root,
    env: { ...plainEnvironment(), DATA_DIR: dataDir },
    stdin: new Blob([input]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, error, code] = await Promise.all([
    new Response(command.stdout).text(),
    new Response(command.stderr).text(),
    command.exited,
  ]);
  return { out, error, code };
}

describe("a server process", () => {
  test("starts on an empty folder, prints its URL and the link to create the first admin, and stops cleanly", async () => {
    const dataDir = newDataDir();
    const { server, url, output } = await start(dataDir);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const link = /http\S+\/setup\?token=\S+/.exec(output())?.[0] ?? "";
    expect((await fetch(link)).status).toBe(200);
    server.kill("SIGTERM");
    expect(await server.exited).toBe(0);
    expect(output()).toContain('"msg":"stopped"');
  }, 60_000);

  test("works next to the CLI: an admin is created and signs in, and no more links are printed", async () => {
    const dataDir = newDataDir();
    const { server, url } = await start(dataDir);
    const made = await cli(
      dataDir,
      ["admins", "create", "--email", "ada@example.org", "--password-stdin", "--json"],
      `${password}\n`,
    );
    expect(made).toMatchObject({ code: 0, error: "" });
    expect(JSON.parse(made.out)).toMatchObject({ email: "ada@example.org" });
    const response = await fetch(`${url}/login`, {
      method: "POST",
      redirect: "manual",
      headers: { origin: url },
      body: new URLSearchParams({ email: "ada@example.org", password }),
    });
    expect(response.status).toBe(303);
    server.kill("SIGTERM");
    await server.exited;
    running.delete(server);
    const again = await start(dataDir, { NO_LINK: "yes" });
    expect(again.output()).not.toContain("/setup?token=");
  }, 60_000);

  test("refuses to start next to another server on the same folder, and says what to do", async () => {
    const dataDir = newDataDir();
    await start(dataDir);
    await expect(start(dataDir)).rejects.toThrow(/already running.*DATA_DIR/s);
  }, 60_000);

  test("refuses to start with an unsafe configuration, naming every problem", async () => {
    const unsafe = { SECRET_KEY: "short", TRUSTED_PROXIES: "0.0.0.0/0" };
    await expect(start(newDataDir(), unsafe)).rejects.toThrow(/SECRET_KEY[\s\S]*TRUSTED_PROXIES/);
  }, 60_000);
});

describe("the CLI", () => {
  test("works without a server: it starts and stops the database itself", async () => {
    const dataDir = newDataDir();
    const listed = await cli(dataDir, ["keys", "list", "--json"]);
    expect(listed).toMatchObject({ code: 0, out: "[]\n" });
    const status = await cli(dataDir, ["database", "status"]);
    expect(status).toMatchObject({ code: 0, error: "" });
    expect(status.out).toMatch(/^The schema is current\.\nPostgreSQL 18\S* at civikey@/);
  }, 60_000);

  test("exits with 2 on wrong usage, and with 1 on failure", async () => {
    const dataDir = newDataDir();
    expect((await cli(dataDir, ["keys", "nonsense"])).code).toBe(2);
    expect((await cli(dataDir, ["keys", "create"])).code).toBe(2);
    const failed = await cli(dataDir, ["keys", "retire", "cvk_none"]);
    expect(failed).toMatchObject({ code: 1, out: "", error: "API key not found.\n" });
    const short = ["admins", "create", "--email", "ada@example.org", "--password-stdin"];
    expect(await cli(dataDir, short, "short\n")).toMatchObject({ code: 1, out: "" });
  }, 60_000);
});
