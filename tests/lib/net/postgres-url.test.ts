import { afterAll, expect, test } from "bun:test";
import { chmod, chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { printHosts, readPostgresUrl } from "../../../src/lib/net/postgres-url.ts";
import { makeCertificate } from "../../support/certificates.ts";

const folder = await mkdtemp(join(tmpdir(), "civikey-url-"));
afterAll(() => rm(folder, { recursive: true }));
const { key, cert } = await makeCertificate();
const [keyFile, certFile, noneFile] = [join(folder, "key.pem"), join(folder, "cert.pem"), join(folder, "none.pem")];
await Promise.all([writeFile(keyFile, key), writeFile(certFile, cert)]);

test.each([
  ["postgres://ada:pa%40ss@localhost/keys", { user: "ada", password: "pa@ss", database: "keys" }, "localhost:5432"],
  ["postgresql://localhost", { user: undefined, password: undefined, database: undefined }, "localhost:5432"],
  ["postgres:///keys", { database: "keys", wanted: "any" }, "localhost:5432"],
  ["postgres://ada@localhost/keys?host=/run/postgresql", { user: "ada" }, "/run/postgresql:5432"],
  ["postgres://%2Frun%2Fpostgresql:5433/keys", { database: "keys" }, "/run/postgresql:5433"],
  ["postgres://[::1]:5433/keys", {}, "[::1]:5433"],
  ["postgres://a:1,b:2,[2001:db8::1]/keys?sslmode=disable", { wanted: "primary" }, "a:1,b:2,[2001:db8::1]:5432"],
  ["postgres:///keys?host=a,b&port=6432&sslmode=disable", { wanted: "primary" }, "a:6432,b:6432"],
  ["postgres:///keys?host=a,b&port=1,2&sslmode=disable", {}, "a:1,b:2"],
  ["postgres://a,b/?sslmode=disable&target_session_attrs=any", { wanted: "any" }, "a:5432,b:5432"],
  ["postgres://a/?sslmode=disable&target_session_attrs=read-write", { wanted: "primary" }, "a:5432"],
  ["postgres://a/?sslmode=disable&target_session_attrs=read-only", { wanted: "standby" }, "a:5432"],
  ["postgres://localhost/?user=ada&password=a+b%26c&dbname=x", { user: "ada", password: "a+b&c", database: "x" }, ""],
  ["postgres://localhost/?application_name=keys%201&connect_timeout=10", { applicationName: "keys 1" }, ""],
  ["postgres://localhost/?connect_timeout=10&pgbouncer=true", { connectTimeoutSeconds: 10, isPgbouncer: true }, ""],
  ["postgres://localhost/?options=-c%20work_mem%3D1MB", { options: "-c work_mem=1MB" }, ""],
] as const)("%s is read as libpq reads it", (text, expected, hosts) => {
  const url = readPostgresUrl(text);
  expect(url).toMatchObject(expected);
  expect(printHosts(url)).toBe(hosts || "localhost:5432");
});

test.each([
  ["mysql://localhost/x", "must be a postgres:// URL"],
  ["postgres://db/x", "needs an sslmode, because db is not this machine: verify-full with sslrootcert, or disable"],
  ["postgres://localhost,db/x", "needs an sslmode, because db is not this machine"],
  ["postgres://db/x?sslmode=prefer", "has sslmode=prefer, which may not encrypt"],
  ["postgres://db/x?sslmode=verify_full", "needs an sslmode of disable, require, verify-ca, verify-full"],
  ["postgres://db/x?ssl_mode=require", "has an unknown parameter, ssl_mode: did you mean sslmode?"],
  [
    "postgres://db/x?sslmode=disable&statement_timeout=5s",
    "has an unknown parameter, statement_timeout: CiviKey knows",
  ],
  ["postgres://db/x?sslmode=disable&sslmode=require", "names sslmode twice"],
  ["postgres://db/x?sslmode=", "has nothing after sslmode="],
  ["postgres://db/x?sslmode=verify-full", "needs sslrootcert with sslmode=verify-full: a file, or system"],
  ["postgres://db/x?sslmode=verify-ca&sslrootcert=system", "needs sslmode=verify-full with sslrootcert=system"],
  [`postgres://db/x?sslmode=disable&sslrootcert=${certFile}`, "has sslrootcert, but no sslmode that encrypts"],
  [`postgres://db/x?sslmode=require&sslcert=${certFile}`, "needs sslcert and sslkey together"],
  [
    `postgres://db/x?sslmode=verify-ca&sslrootcert=${noneFile}`,
    `names ${noneFile} as sslrootcert: there is no such file`,
  ],
  [`postgres://db/x?sslmode=require&sslrootcert=${folder}`, `names ${folder} as sslrootcert: it is a folder`],
  [`postgres://db/x?sslmode=require&sslrootcert=${keyFile}`, "has certificates or a key that TLS cannot use"],
  ["postgres://a:1,b:2,c/x?port=1,2&sslmode=disable", "needs one port, or as many as there are hosts"],
  ["postgres://localhost:99999/x", "has a port that is not a number from 1 to 65535"],
  ["postgres://ada:pa@ss@localhost/x", "has a host that cannot be read: in a password, write %40 for @"],
  ["postgres://localhost/x?application_name=a%00user%00postgres", "has a NUL character"],
  ["postgres://ada:100%@localhost/x", "has a % that does not begin the code of a character"],
  ["postgres://localhost/x?connect_timeout=soon", "needs a connect_timeout in whole seconds"],
  ["postgres://localhost/x?pgbouncer=yes", "needs pgbouncer=true or false"],
  ["postgres://localhost/x?target_session_attrs=prefer-standby", "needs a target_session_attrs of any, read-write"],
])("%s is refused", (text, problem) => {
  expect(() => readPostgresUrl(text)).toThrow(problem);
});

test("a key that others can read is refused, except root's by a group", async () => {
  const url = `postgres://db/x?sslmode=require&sslcert=${certFile}&sslkey=${keyFile}`;
  const isRoot = process.getuid?.() === 0;
  for (const [uid, modes, isFine] of [
    [0, [0o600, 0o400, 0o640], true],
    [0, [0o644, 0o660, 0o650], false],
    [1, [0o600], true],
    [1, [0o640, 0o604], false],
  ] as const) {
    if (isRoot) await chown(keyFile, uid, 0);
    else if (uid === 0) continue;
    for (const mode of modes) {
      await chmod(keyFile, mode);
      const read = () => readPostgresUrl(url);
      if (isFine) expect(read).not.toThrow();
      else expect(read).toThrow(`names ${keyFile} as sslkey, which others can read: its mode must be 0600`);
    }
  }
});

test("a refusal quotes no password", () => {
  for (const text of [
    "postgres://ada:hunter2@db@x/",
    "postgres://ada@db/?hunter2",
    "postgres://ada@x/?password=hunter2",
  ]) {
    expect(() => readPostgresUrl(text)).toThrow(/^((?!hunter2).)*$/);
  }
});

test("files are read again for each connection, because certificates are renewed", async () => {
  const file = join(folder, "renewed.pem");
  await writeFile(file, cert);
  const { readTls } = readPostgresUrl(`postgres://db/x?sslmode=verify-full&sslrootcert=${file}`);
  const renewed = (await makeCertificate()).cert;
  await writeFile(file, renewed);
  expect(String(readTls?.().ca)).toBe(renewed);
});
