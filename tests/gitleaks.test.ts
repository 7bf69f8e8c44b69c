/** Acceptance check 15: the rules that are shipped find fresh credentials, and nothing in the repository. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import config from "../docs/gitleaks.toml";
import { generateCredentials } from "../src/domain/access/credentials.ts";
import { Secret } from "../src/lib/secrets/secret.ts";

interface Rule {
  readonly id: string;
  readonly regex: string;
  readonly keywords: readonly string[];
}

const root = join(import.meta.dir, "..");
const { rules }: { rules: readonly Rule[] } = config;

/** As gitleaks does it: a rule is tried where one of its keywords is, in any case. */
function scan(text: string): { rule: string; found: string }[] {
  const lower = text.toLowerCase();
  return rules
    .filter(({ keywords }) => keywords.some((keyword) => lower.includes(keyword.toLowerCase())))
    .flatMap(({ id, regex }) => [...text.matchAll(new RegExp(regex, "g"))].map(([found]) => ({ rule: id, found })));
}

const passwordRule = "civikey-api-password";
const tokenRule = "civikey-api-secret-token";

describe("fresh credentials", () => {
  test("are found whole, password and token, in a thousand of a thousand cases", () => {
    for (let round = 0; round < 1000; round += 1) {
      const { secret, token } = generateCredentials();
      const password = secret.reveal();
      expect(scan(password)).toEqual([{ rule: passwordRule, found: password }]);
      expect(scan(token.reveal())).toEqual([{ rule: tokenRule, found: token.reveal() }]);
    }
  });

  const places: readonly [name: string, (token: string, user: string) => string][] = [
    ["a header", (token) => `Authorization: Basic ${token}`],
    ["an environment file", (token) => `CIVIKEY_TOKEN=${token}\n`],
    ["JSON", (token) => JSON.stringify({ token, next: 1 })],
    ["escaped JSON", (token) => JSON.stringify(JSON.stringify({ token, line: "\n" }))],
    ["a token without its padding", (token) => `token: ${token.replace("=", "")}`],
    ["an address's query", (token) => `https://x.example/?t=${encodeURIComponent(token)}&a=1`],
    ["a command", (_, user) => `curl --user '${user}' https://x.example/`],
    ["an address", (_, user) => `https://${user}@x.example/api`],
    ["an encoded address", (_, user) => `u=${encodeURIComponent(user)}&x=1`],
    ["a constant", (_, user) => `const credentials = "${user}";`],
  ];
  for (const [name, write] of places) {
    test(`are found in ${name}`, () => {
      const { keyId, secret, token } = generateCredentials();
      expect(scan(write(token.reveal(), `${keyId}:${secret.reveal()}`))).toHaveLength(1);
    });
  }
});

describe("text that is not a credential", () => {
  const { keyId, secret } = generateCredentials();
  const harmless: readonly [name: string, text: string][] = [
    ["a key id", keyId],
    ["the word for a prefix", "cvs_ and cvk_ and Y3ZrX"],
    ["a password that was cut off", secret.reveal().slice(0, -1)],
    ["a longer word", `${secret.reveal()}x`],
    ["another tool's secret", `ghp_${secret.reveal().slice(4)}`],
    ["a masked secret", String(new Secret("cvs_x"))],
    ["Base64 of something else", btoa("cvk_but-not-a-key-id:and-not-a-secret".repeat(3))],
  ];
  for (const [name, text] of harmless) {
    test(`is left alone: ${name}`, () => {
      expect(scan(text)).toEqual([]);
    });
  }
});

/** Every file of the repository, also those that nobody has added yet; without git, what a release has. */
function listFiles(): string[] {
  const command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const listed = Bun.which("git") ? Bun.spawnSync(command, { cwd: root }) : undefined;
  if (listed?.success) return listed.stdout.toString().split("\0").filter(Boolean);
  const released = new Bun.Glob("{*.*,{.ci,docs,src,tests}/**/*}");
  return [...released.scanSync({ cwd: root, dot: true })];
}

test("nothing is found in the repository", async () => {
  const files = listFiles();
  expect(files).toContain("docs/gitleaks.toml");
  expect(files.length).toBeGreaterThan(100);
  for (const path of files) {
    const file = Bun.file(join(root, path));
    const text = (await file.exists()) ? await file.text() : "";
    expect({ path, found: scan(text).map(({ rule }) => rule) }).toEqual({ path, found: [] });
  }
});
