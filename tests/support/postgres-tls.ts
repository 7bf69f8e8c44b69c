/** Certificates of a test's own authority, made with openssl, for a PostgreSQL that speaks TLS. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sql } from "postgres";

/** Files of certificates, by what is right or wrong with them. */
export interface TlsFiles {
  /** The authority that signed all others, and one that signed none. */
  readonly authority: string;
  readonly stranger: string;
  /** What the server shows: for 127.0.0.1 and localhost, the same but expired, and for another name. */
  readonly servers: Readonly<Record<"right" | "expired" | "elsewhere", string>>;
  /** Of the role `tls_client`. Each certificate has its key beside it, as `.key`. */
  readonly client: string;
  remove(): Promise<void>;
}

const here = "subjectAltName=DNS:localhost,IP:127.0.0.1";

/** Makes them all. */
export async function makeTlsFiles(): Promise<TlsFiles> {
  const folder = await mkdtemp(join(tmpdir(), "civikey-tls-"));
  const openssl = async (...args: string[]) => {
    const child = Bun.spawn(["openssl", ...args], { cwd: folder, stdout: "ignore", stderr: "pipe" });
    if ((await child.exited) !== 0) throw new Error(`openssl: ${await new Response(child.stderr).text()}`);
  };
  const newKey = (name: string) => [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-keyout",
    `${name}.key`,
  ];
  const makeAuthority = (name: string) =>
    openssl("req", "-x509", ...newKey(name), "-out", name, "-days", "2", "-subj", `/CN=${name}`);
  const sign = async (name: string, { subject, names, days }: { subject: string; names: string; days: number }) => {
    await writeFile(join(folder, `${name}.ext`), names);
    await openssl("req", "-new", ...newKey(name), "-out", `${name}.csr`, "-subj", `/CN=${subject}`);
    const by = ["-CA", "authority", "-CAkey", "authority.key", "-set_serial", `0x${crypto.randomUUID().slice(0, 8)}`];
    await openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      ...by,
      "-days",
      `${days}`,
      "-out",
      name,
      "-extfile",
      `${name}.ext`,
    );
  };
  await Promise.all([makeAuthority("authority"), makeAuthority("stranger")]);
  await Promise.all([
    sign("right", { subject: "localhost", names: here, days: 2 }),
    sign("expired", { subject: "localhost", names: here, days: -1 }),
    sign("elsewhere", { subject: "db.example.org", names: "subjectAltName=DNS:db.example.org", days: 2 }),
    sign("client", { subject: "tls_client", names: "extendedKeyUsage=clientAuth", days: 2 }),
  ]);
  const path = (name: string) => join(folder, name);
  return {
    authority: path("authority"),
    stranger: path("stranger"),
    servers: { right: path("right"), expired: path("expired"), elsewhere: path("elsewhere") },
    client: path("client"),
    remove: () => rm(folder, { recursive: true }),
  };
}

/**
 * Has a running PostgreSQL show a certificate, and ask the role `tls_client` for one. The files are written by
 * PostgreSQL itself: whose they are and who may read them is then as it wants it.
 */
export async function useServerCertificate(superuser: Sql, files: TlsFiles, certificate: string): Promise<void> {
  const names = { ssl_cert_file: certificate, ssl_key_file: `${certificate}.key`, ssl_ca_file: files.authority };
  const [row] = await superuser<{ folder: string }[]>`select current_setting('data_directory') as folder`;
  const store = async (name: string, text: string) => {
    const lines = text
      .trim()
      .split("\n")
      .map((line) => `('${line}')`);
    await superuser.unsafe(`copy (values ${lines.join(",")}) to program 'umask 077; cat > "${row?.folder}/${name}"'`);
  };
  for (const [setting, file] of Object.entries(names)) {
    await store(setting, await readFile(file, "utf8"));
    await superuser.unsafe(`alter system set ${setting} = '${setting}'`);
  }
  const authentication = ["hostssl all tls_client all cert", "host all tls_client all reject", "local all all trust"];
  await store(
    "pg_hba.conf",
    [...authentication, "host all all all trust", "host replication all all trust"].join("\n"),
  );
  await superuser`alter system set ssl = on`;
  await superuser`select pg_reload_conf()`;
}
