/** Checks what we tell people against the product: documents, the example environment, image, compose file, unit. */
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import packageJson from "../package.json" with { type: "json" };
import { commands } from "../src/cli/commands.ts";
import { describeConfig, readConfig, variableNames } from "../src/config/variables.ts";

const root = join(import.meta.dir, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const documents = [
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"],
  ...["docs", "docs/decisions"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name}`),
  ),
];
const defaults = describeConfig(readConfig({}));
const withoutFile = (name: string) => name.replace(/_FILE$/, "");

/** Variables of other programs that our files set or mention. */
const foreign = /^(NODE_ENV|MIMALLOC_PURGE_DELAY|POSTGRES_\w+|PGPASSWORD|CIVIFORM_DATABASE_URL|TOKEN)$/;
const expectKnown = (names: readonly string[]) => {
  const ours = names.filter((name) => !foreign.test(name));
  expect(ours.filter((name) => !variableNames.includes(withoutFile(name)))).toEqual([]);
};

describe("the documents", () => {
  const bases = "https://nowhere.example";
  test.each(documents)("%s links only to files that exist", (path) => {
    const targets = [...read(path).matchAll(/\]\(([^)#\s]+)/g)].map(([, target = ""]) => target);
    const local = targets.filter((target) => new URL(target, bases).origin === bases);
    const missing = local.filter((target) => !existsSync(join(root, dirname(path), target)));
    expect(missing).toEqual([]);
  });

  test.each(documents)("%s names only files and folders of ours that exist", (path) => {
    const named = [...read(path).matchAll(/`((?:src|tests|docs)\/[\w./-]+)`/g)];
    const paths = named.map(([, name = ""]) => name).filter((name) => !name.includes("FEATURE"));
    expect(paths.filter((name) => !existsSync(join(root, name)))).toEqual([]);
  });

  test.each(documents)("%s uses scripts, commands and options that exist", (path) => {
    const text = read(path).replaceAll(/\\\n\s*/g, " ");
    for (const [, script = ""] of text.matchAll(/\bbun(?:@[\d.]+)? run ([a-z][\w:-]*)/g)) {
      expect(Object.keys(packageJson.scripts)).toContain(script);
    }
    for (const [, noun, verb, rest = ""] of text.matchAll(/\bbun run cli ([a-z][a-z-]*) ([a-z][a-z-]*)([^\n`|#]*)/g)) {
      const command = commands.find(({ name }) => `${name} `.startsWith(`${noun} ${verb} `));
      expect([`${noun} ${verb}`, command !== undefined]).toEqual([`${noun} ${verb}`, true]);
      const known = ["--json", "--help", ...(command?.options ?? []).map(([flags]) => flags)];
      for (const [option] of rest.matchAll(/--[a-z][a-z-]*/g)) {
        expect(known.map((flags) => flags.split(" ")[0])).toContain(option);
      }
    }
  });

  test("README lists every variable with its default", () => {
    const rows = read("README.md")
      .split("\n")
      .filter((line) => /^\| `[A-Z]/.test(line))
      .map((line) => line.split("|").map((cell) => cell.trim()));
    const named = rows.flatMap(([, names = "", fallbacks = ""]) => {
      const texts = fallbacks.split(",").map((text) => text.trim().replaceAll("`", ""));
      return [...names.matchAll(/[A-Z][A-Z_]+/g)].map(([name], index) => ({
        name,
        fallback: texts[index] ?? texts.at(-1) ?? "",
      }));
    });
    expect(named.map(({ name }) => name).sort()).toEqual([...variableNames].sort());
    for (const { name, fallback } of named) {
      const implied = /none|generated|localhost:PORT/.test(fallback);
      if (!implied) expect([name, fallback]).toEqual([name, defaults[name] ?? ""]);
      else expect([name, defaults[name]]).toEqual([name, expect.stringMatching(/^$|^\[|^http/)]);
    }
  });

  test(".env.example lists every variable, with values that are valid together", () => {
    const lines = [...read(".env.example").matchAll(/^# ([A-Z_]+)=(.*)$/gm)];
    expect(lines.map(([, name = ""]) => name).sort()).toEqual([...variableNames].sort());
    const secrets = { SECRET_KEY: "k3Jx0vQm8sVtYw2RzLhUeN5bGd7cFa9P" };
    const salt = { CIVIFORM_API_SECRET_SALT: "Zk3Jx0vQm8sVtYw2RzLhUeN5bGd7cFa9" };
    const values = Object.fromEntries(lines.map(([, name = "", value = ""]) => [name, value]));
    // The example host has no address.
    const { ALERT_WEBHOOK_URL: _, ...rest } = values;
    expect(() => readConfig({ ...rest, ...secrets, ...salt })).not.toThrow();
  });
});

describe("image, compose file and unit", () => {
  const dockerfile = read("Dockerfile");
  const port = defaults.PORT ?? "";
  const bun = packageJson.engines.bun.replace(">=", "");

  test("the image has the Bun version of package.json, no root, no secret, and copies files that exist", () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(new Set(bases)).toEqual(new Set([`oven/bun:${bun}-slim`]));
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = ""]) =>
      paths.split(" "),
    );
    const allowed = [...read(".dockerignore").matchAll(/^!(.+)$/gm)].map(([, path = ""]) => path);
    const isInside = (path: string) => allowed.some((folder) => path.startsWith(`${folder}/`));
    expect(copied.filter((path) => !isInside(path)).sort()).toEqual(allowed.sort());
    for (const path of copied) expect(existsSync(join(root, path))).toBe(true);
    expect(dockerfile).toMatch(/\nUSER bun\n[\s\S]*CMD \["bun", "src\/server.ts"\]\n$/);
    expect(dockerfile).toContain(`EXPOSE ${port}\n`);
    expect(dockerfile).toContain("/livez");
    const [, block = ""] = /^ENV ((?:.*\\\n)*.*)$/m.exec(dockerfile) ?? [];
    const names = [...block.matchAll(/([A-Z_]+)=/g)].map(([, name = ""]) => name);
    expectKnown(names);
    expect(names.join(" ")).not.toMatch(/SECRET|SALT|PASSWORD|DATABASE_URL/);
    const [, removed = ""] = /^RUN cd node_modules && rm -rf ((?:.*\\\n)*.*)$/m.exec(dockerfile) ?? [];
    const missing = removed.split(/[\s\\]+/).filter((name) => !existsSync(join(root, "node_modules", name)));
    expect([missing, removed]).toEqual([[], expect.stringContaining("@uswds")]);
    const scripts = [...dockerfile.matchAll(/bun run (\w+)/g)].map(([, name = ""]) => name);
    expect(Object.keys(packageJson.scripts)).toEqual(expect.arrayContaining(scripts));
  });

  test("compose sets variables that exist, keeps its secrets in files that git ignores, and publishes ports only on this machine", () => {
    const { services, secrets, networks, volumes } = parse(read("compose.yaml"));
    for (const service of Object.values<Record<string, unknown>>(services)) {
      const environment = Object.entries<string>(Object(service.environment));
      expectKnown(environment.map(([name]) => name));
      const files = environment.filter(([name]) => name.endsWith("_FILE"));
      expect(files.map(([, path]) => path).sort()).toEqual(
        (service.secrets as string[]).map((name) => `/run/secrets/${name}`).sort(),
      );
      expect(Object.keys(networks)).toEqual(expect.arrayContaining(Object(service.networks) as string[]));
      for (const [name] of environment) {
        expect(name).not.toMatch(/^(SECRET_KEY|.*SALT|.*PASSWORD|DATABASE_URL)$/);
      }
      expect(JSON.stringify(service.security_opt)).toContain("no-new-privileges:true");
    }
    for (const [name, { file }] of Object.entries<{ file: string }>(secrets)) {
      expect(file).toBe(`./secrets/${name}`);
      expect(read("docs/operations.md")).toContain(`secrets/${name}`);
    }
    expect(read(".gitignore")).toContain("/secrets/");
    expect(services.civikey).toMatchObject({ read_only: true, cap_drop: ["ALL"], init: true });
    expect(services.civikey.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(services.postgres.ports).toBeUndefined();
    expect(services.civikey.secrets).not.toContain("database-migration-url");
    expect(read("docs/operations.md")).toContain("secrets/roles.sql");
    expect(services.postgres.image).toMatch(/^postgres:\d+\.\d+-/);
    expect(Object.keys(volumes)).toEqual(["postgres"]);
  });

  test("the unit sets variables that exist, starts the server, and may write only to its data folder", () => {
    const unit = read("docs/civikey.service");
    const assignments = [...unit.matchAll(/^Environment=(.+)$/gm)].flatMap(([, text = ""]) =>
      text.split(" ").map((pair) => pair.split("=")[0] ?? ""),
    );
    expectKnown(assignments);
    const [, script = ""] = /^ExecStart=\S+\/bun (\S+)$/m.exec(unit) ?? [];
    expect(existsSync(join(root, script))).toBe(true);
    expect(unit).toContain("DATA_DIR=/var/lib/civikey ");
    for (const line of [
      ...["User=civikey", "StateDirectory=civikey", "ProtectSystem=strict"],
      ...["NoNewPrivileges=yes", "CapabilityBoundingSet=", "KillMode=mixed"],
    ]) {
      expect(unit).toContain(`\n${line}\n`);
    }
    expect(unit).not.toMatch(/^ReadWritePaths|^MemoryDenyWriteExecute/m);
  });

  test("docs/operations.md sets variables that exist", () => {
    const lines = [...read("docs/operations.md").matchAll(/^ *(?:export )?([A-Z][A-Z_]+)=/gm)];
    expectKnown(lines.map(([, name = ""]) => name));
    expect(lines.length).toBeGreaterThan(5);
  });
});
