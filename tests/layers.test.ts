import { expect, test } from "bun:test";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import biome from "../biome.json" with { type: "json" };

/** One import against the direction of the layers for each rule of `biome.json`. */
const wrongImports = [
  ["src/lib/net/a.ts", "../../db/client.ts"],
  ["src/config/a.ts", "../db/client.ts"],
  ["src/log.ts", "./db/client.ts"],
  ["src/db/reads/a.ts", "../../domain/access/grants.ts"],
  ["src/domain/access/keys/a.ts", "../../programs/list.ts"],
  ["src/domain/programs/a.ts", "../applications/list.ts"],
  ["src/domain/applications/a.ts", "../civiform/sync/run.ts"],
  ["src/domain/civiform/sync/a.ts", "../../openapi/schema.ts"],
  ["src/domain/openapi/a.ts", "../civiform/keys/parse.ts"],
  ["src/views/keys/a.tsx", "../../http/context.ts"],
  ["src/http/answers/a.ts", "../../pages/frame.ts"],
  ["src/api/a.ts", "../views/format.ts"],
  ["src/pages/keys/a.ts", "../../api/index.ts"],
  ["src/pages/keys/b.ts", "drizzle-orm"],
  ["src/metrics/a.ts", "../pages/frame.ts"],
  ["src/app.ts", "./server/listener.ts"],
  ["src/cli/keys/a.ts", "../../http/context.ts"],
  ["src/instance/a.ts", "../app.ts"],
  ["src/server/a.ts", "../pages/frame.ts"],
] as const;

const circle = [
  ["src/lib/circle/a.ts", "./b.ts"],
  ["src/lib/circle/b.ts", "./a.ts"],
] as const;

test("the linter refuses every import against the direction of the layers, and every circle", async () => {
  const found = await lintFiles([...wrongImports, ...circle]);
  expect(found.get("noRestrictedImports")).toEqual(wrongImports.map(([file]) => file).sort());
  expect(found.get("noImportCycles")).toEqual(circle.map(([file]) => file));
});

test("every rule about layers is tried here", () => {
  const rules = biome.overrides.flatMap(({ includes }) => includes);
  const untried = rules.filter((glob) => !wrongImports.some(([file]) => new Bun.Glob(glob).match(file)));
  expect(untried).toEqual(["src/cli.ts", "src/server.ts"]);
});

/** Lints files that each import one other. Gives, by rule, the files that break it, in order. */
async function lintFiles(
  files: readonly (readonly [file: string, imported: string])[],
): Promise<Map<string, string[]>> {
  const root = await mkdtemp(join(tmpdir(), "civikey-layers-"));
  try {
    const config = { ...biome, vcs: { enabled: false } };
    await Bun.write(join(root, "biome.json"), JSON.stringify(config));
    for (const [file, imported] of files) {
      await mkdir(join(root, dirname(file)), { recursive: true });
      await Bun.write(join(root, file), `import { a } from "${imported}";\nexport const b = a;\n`);
    }
    const biomeBin = join(import.meta.dir, "../node_modules/.bin/biome");
    const run = Bun.spawn([biomeBin, "lint", "--reporter=github", "--max-diagnostics=none", "."], {
      cwd: root,
      stdout: "pipe",
      stderr: "ignore",
    });
    const output = await new Response(run.stdout).text();
    const found = new Map<string, string[]>();
    const line = /title=lint\/\w+\/(\w+),file=([^,]+),/g;
    for (const [, rule = "", file = ""] of output.matchAll(line)) {
      found.set(rule, [...new Set([...(found.get(rule) ?? []), relative(root, resolve(root, file))])].sort());
    }
    return found;
  } finally {
    await rm(root, { recursive: true });
  }
}
