/** A software bill of materials in CycloneDX 1.6 (JSON). `bun run sbom` prints it. */
import { join } from "node:path";
import project from "../../package.json" with { type: "json" };
import { listReleasedPackages } from "./packages.ts";

/** The bill: every package of a release with its hash, licence and dependencies. The same release has the same bill. */
export async function writeSbom(): Promise<object> {
  const { direct, packages } = await listReleasedPackages();
  const own = `${project.name}@${project.version}`;
  const components = packages.map(async ({ name, version, sha512, folder }) => {
    const { license }: { license?: string } = await Bun.file(join(folder, "package.json")).json();
    return {
      type: "library",
      "bom-ref": `${name}@${version}`,
      ...{ name, version },
      purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
      hashes: [{ alg: "SHA-512", content: Buffer.from(sha512, "base64").toString("hex") }],
      // An SPDX expression may be a single identifier.
      ...(license !== undefined && { licenses: [{ expression: license }] }),
    };
  });
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        ...{ type: "application", "bom-ref": own, name: project.name, version: project.version },
        licenses: [{ expression: project.license }],
      },
    },
    components: await Promise.all(components),
    dependencies: [
      { ref: own, dependsOn: direct },
      ...packages.map(({ name, version, dependsOn }) => ({ ref: `${name}@${version}`, dependsOn })),
    ],
  };
}

if (import.meta.main) console.log(JSON.stringify(await writeSbom(), null, 2));
