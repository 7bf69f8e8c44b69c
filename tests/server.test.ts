/** The programs as an operator starts them, on a folder of their own and without any configuration. */
import { afterAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildProgram } from "./support/built-programs.ts";
import { password } from "./support/factories.ts";

const root = join(import.meta.dir, "..");
const running = new Set<Bun.Subprocess>();
/** Empty at first. Making a database takes seconds, so all tests use it one after the other. */
const dataDir = join(tmpdir(), `civikey-server-${crypto.randomUUID()}`);

afterAll(async () => {
  for (const process of running) process.kill("SIGTERM");
  await Promise.all([...running].map((process) => process.exited));
  await rm(dataDir, { recursive: true, force: true });
});

/** The environment of a machine that knows nothing of CiviKey. */
const plainEnvironment = () => ({
  PATH: process.env.PATH ?? "",
  HOME: process.env.HOME ?? "",
  PORT: "0",
});

/** Starts a server: as an operator does from the sources, or in half the time from what was built of them. */
async function start(more: Record<string, string> = {}, { isBuilt = true } = {}) {
  const server = Bun.spawn([process.execPath, isBuilt ? await buildProgram("server") : "src/server.ts"], {
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

async function cli(args: readonly string[], { input = "", isBuilt = true } = {}) {
  const command = Bun.spawn([process.execPath, isBuilt ? await buildProgram("cli") : "src/cli.ts", ...args], {
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
  let server: Awaited<ReturnType<typeof start>>;
  const stop = async () => {
    server.server.kill("SIGTERM");
    expect(await server.server.exited).toBe(0);
    expect(server.output()).toContain('"msg":"stopped"');
  };

  test("starts on an empty folder, and prints its URL and the link to create the first admin", async () => {
    server = await start({}, { isBuilt: false });
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    const link = /http\S+\/setup\?token=\S+/.exec(server.output())?.[0] ?? "";
    expect((await fetch(link)).status).toBe(200);
  });

  test("refuses to start next to another server on the same folder, and says what to do", async () => {
    await expect(start()).rejects.toThrow(/already running.*DATA_DIR/s);
  });

  test("works next to the CLI: an admin is created and signs in", async () => {
    const made = await cli(["admins", "create", "--email", "ada@example.org", "--password-stdin", "--json"], {
      input: `${password}\n`,
      isBuilt: false,
    });
    expect(made).toMatchObject({ code: 0, error: "" });
    expect(JSON.parse(made.out)).toMatchObject({ email: "ada@example.org" });
    const response = await fetch(`${server.url}/login`, {
      method: "POST",
      redirect: "manual",
      headers: { origin: server.url },
      body: new URLSearchParams({ email: "ada@example.org", password }),
    });
    expect(response.status).toBe(303);
  });

  test("has a CLI that exits with 2 on wrong usage, and with 1 on failure", async () => {
    expect((await cli(["keys", "nonsense"])).code).toBe(2);
    const failed = await cli(["keys", "retire", "cvk_none"]);
    expect(failed).toMatchObject({ code: 1, out: "", error: "API key not found.\n" });
  });

  test("stops cleanly, starts again with its data, and prints no more links", async () => {
    await stop();
    server = await start({ NO_LINK: "yes" });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    await stop();
    expect(server.output()).not.toContain("/setup?token=");
  });

  test("refuses to start with an unsafe configuration, naming every problem", async () => {
    const unsafe = { SECRET_KEY: "short", TRUSTED_PROXIES: "0.0.0.0/0" };
    await expect(start(unsafe)).rejects.toThrow(/SECRET_KEY[\s\S]*TRUSTED_PROXIES/);
  });
});

test("the CLI works without a server: it starts and stops the database itself", async () => {
  const status = await cli(["database", "status"]);
  expect(status).toMatchObject({ code: 0, error: "" });
  expect(status.out).toMatch(/^The schema is current\.\nPostgreSQL 18\S* at civikey@/);
});
