/** A real nginx in front of a server, from Debian's packages. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "./debian-postgres.ts";

/** An nginx that runs. */
export interface Nginx {
  readonly url: string;
  close(): Promise<void>;
}

/** Where the program is; undefined where there is none. */
export function findNginx(): string | undefined {
  const PATH = `${process.env.PATH ?? ""}:/usr/sbin:/usr/local/sbin`;
  const program = Bun.which("nginx", { PATH });
  if (program === null) console.log("There is no nginx here: tests that need it are skipped.");
  return program ?? undefined;
}

/** Starts one in front of `upstream`, with its defaults and the given directives for the proxy. */
export async function startNginx(program: string, upstream: string, directives = ""): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), "civikey-nginx-"));
  // Its workers are another user when it is started as root.
  await chmod(folder, 0o755);
  const port = await findFreePort();
  const settings = join(folder, "nginx.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  await writeFile(
    settings,
    `daemon off; pid nginx.pid; error_log stderr; worker_processes 1;
events {}
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${name};`).join(" ")}
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass ${upstream}; ${directives} }
  }
}
`,
  );
  const child = Bun.spawn([program, "-p", folder, "-e", "stderr", "-c", settings], {
    stdout: "ignore",
    stderr: "pipe",
  });
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; !(await answers(url)); attempt += 1) {
    if (attempt === 200 || child.exitCode !== null) {
      child.kill();
      throw new Error(`nginx did not start: ${await new Response(child.stderr).text()}`);
    }
    await Bun.sleep(50);
  }
  return {
    url,
    async close() {
      child.kill("SIGTERM");
      await child.exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(`${url}/livez`)).text();
    return true;
  } catch {
    return false;
  }
}
