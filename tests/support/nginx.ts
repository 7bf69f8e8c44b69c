/** A real nginx in front of servers, from Debian's packages. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "./certificates.ts";
import { findFreePort } from "./debian-postgres.ts";

/** An nginx that runs. */
export interface Nginx {
  readonly url: string;
  close(): Promise<void>;
}

/** One that runs with `docs/nginx.conf`: `url` is its https address. */
export interface DocumentedNginx extends Nginx {
  readonly httpUrl: string;
  /** The certificate to trust. */
  readonly cert: string;
  /** What it has written to its access log. */
  readAccessLog(): Promise<string>;
}

/** Where the program is; undefined where there is none. */
export function findNginx(): string | undefined {
  const PATH = `${process.env.PATH ?? ""}:/usr/sbin:/usr/local/sbin`;
  const program = Bun.which("nginx", { PATH });
  if (program === null) console.log("There is no nginx here: tests that need it are skipped.");
  return program ?? undefined;
}

/** Starts one in front of `upstream`, with its defaults. */
export async function startPlainNginx(program: string, upstream: string): Promise<Nginx> {
  const port = await findFreePort();
  const folder = await makeFolder();
  const url = `http://127.0.0.1:${port}`;
  const settings = `access_log off; server { listen 127.0.0.1:${port}; location / { proxy_pass ${upstream}; } }`;
  return { url, close: await run(program, { folder, settings, port }) };
}

/** Starts one with `docs/nginx.conf` in front of two instances; addresses, ports and files are the only difference. */
export async function startDocumentedNginx(
  program: string,
  instances: readonly [port: number, port: number],
): Promise<DocumentedNginx> {
  const [port, httpPort, folder, { key, cert }] = await Promise.all([
    ...[findFreePort(), findFreePort()],
    ...[makeFolder(), makeCertificate()],
  ] as const);
  await Promise.all([writeFile(join(folder, "key.pem"), key), writeFile(join(folder, "fullchain.pem"), cert)]);
  const log = join(folder, "civikey.log");
  const text = await Bun.file(join(import.meta.dir, "../../docs/nginx.conf")).text();
  const settings = [
    ["127.0.0.1:9000 ", `127.0.0.1:${instances[0]} `],
    ["# server 127.0.0.1:9001 ", `server 127.0.0.1:${instances[1]} `],
    ["listen 80;", `listen 127.0.0.1:${httpPort};`],
    ["listen [::]:80;", ""],
    ["listen 443 ssl;", `listen 127.0.0.1:${port} ssl;`],
    ["listen [::]:443 ssl;", ""],
    ["/etc/ssl/civikey/", `${folder}/`],
    ["/var/log/nginx/civikey.log", log],
  ].reduce((changed, [from = "", to = ""]) => {
    if (!changed.includes(from)) throw new Error(`docs/nginx.conf has no ${from}`);
    return changed.replaceAll(from, to);
  }, text);
  return {
    url: `https://127.0.0.1:${port}`,
    httpUrl: `http://127.0.0.1:${httpPort}`,
    cert,
    readAccessLog: () => Bun.file(log).text(),
    close: await run(program, { folder, settings, port: httpPort }),
  };
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "civikey-nginx-"));
  // Its workers are another user when it is started as root.
  await chmod(folder, 0o755);
  return folder;
}

/** Waits until it answers plain HTTP on `port`. Resolves to what stops it and removes its folder. */
async function run(program: string, options: { folder: string; settings: string; port: number }) {
  const { folder, settings, port } = options;
  const file = join(folder, "nginx.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  await writeFile(
    file,
    `daemon off; pid nginx.pid; error_log stderr; worker_processes 1;
events {}
http {
${temporary.map((name) => `${name}_temp_path ${name};`).join(" ")}
${settings}
}
`,
  );
  const child = Bun.spawn([program, "-p", folder, "-e", "stderr", "-c", file], { stdout: "ignore", stderr: "pipe" });
  for (let attempt = 0; !(await answers(`http://127.0.0.1:${port}`)); attempt += 1) {
    if (attempt === 200 || child.exitCode !== null) {
      child.kill();
      throw new Error(`nginx did not start: ${await new Response(child.stderr).text()}`);
    }
    await Bun.sleep(50);
  }
  return async () => {
    child.kill("SIGTERM");
    await child.exited;
    await rm(folder, { recursive: true, force: true });
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(`${url}/livez`, { redirect: "manual" })).text();
    return true;
  } catch {
    return false;
  }
}
