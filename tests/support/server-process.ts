/** A real server process on a test's database, for what only several processes can show. */
import { buildProgram } from "./built-programs.ts";
import { saltText } from "./command.ts";
import { leakHunt } from "./leak-hunt.ts";

/** A server that a test calls. */
export interface CalledServer {
  readonly url: string;
  /** What it has printed so far, its log included. */
  output(): string;
  /** Calls it with a token as Basic credentials, or without. */
  call(path: string, token?: string, init?: RequestInit): Promise<Response>;
}

/** A server that runs in a process of its own. */
export interface ServerProcess extends CalledServer {
  readonly pid: number;
  /** Sends it a signal and waits until it has exited; its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** The configuration of a test's server: a free port, the salt of `tests/support/app.ts`, and no limits of calls. */
export function serverEnvironment(
  databaseUrl: string,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    TZ: process.env.TZ ?? "",
    DATABASE_URL: databaseUrl,
    SECRET_KEY: "test secret key 0123456789 abcdef",
    CIVIFORM_API_SECRET_SALT: saltText,
    RATE_LIMIT_REFUSED_PER_MINUTE: "0",
    RATE_LIMIT_PER_KEY_PER_MINUTE: "0",
    RATE_LIMIT_ANONYMOUS_PER_MINUTE: "0",
    API_DOCS_ACCESS: "public",
    PORT: "0",
    LOG_FORMAT: "json",
    ...more,
  };
}

/** Calls a server with a token as Basic credentials, or without. */
export function callServer(url: string, path: string, token?: string, init?: RequestInit): Promise<Response> {
  const headers = new Headers(init?.headers);
  if (token !== undefined) headers.set("authorization", `Basic ${token}`);
  return fetch(`${url}${path}`, { ...init, headers });
}

/** Starts a server process on a free port. */
export async function startServerProcess(
  databaseUrl: string,
  more: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const child = Bun.spawn([process.execPath, await buildProgram("server")], {
    stdout: "pipe",
    stderr: "pipe",
    env: serverEnvironment(databaseUrl, more),
  });
  let output = "";
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) output += decoder.decode(chunk, { stream: true });
  };
  const closed = Promise.all([read(child.stdout), read(child.stderr)]);
  const port = await findPort(() => output, closed);
  const url = `http://127.0.0.1:${port}`;
  return {
    pid: child.pid,
    url,
    output: () => output,
    async call(path, token, init) {
      try {
        return await callServer(url, path, token, init);
      } catch (cause) {
        if (child.exitCode === null) throw cause;
        throw new Error(`the server has ended by itself: ${output.slice(-3000)}`, { cause });
      }
    },
    async end(signal) {
      child.kill(signal);
      await child.exited;
      await closed;
      // The link for the first admin is printed on purpose.
      leakHunt.search("what a server printed", output.replace(/\/setup\?token=\S+/g, ""));
      return child.exitCode;
    },
  };
}

/** `closed`: all that it printed has been read, which can be after it has exited. */
async function findPort(output: () => string, closed: Promise<unknown>): Promise<number> {
  let hasEnded = false;
  void closed.then(() => {
    hasEnded = true;
  });
  for (;;) {
    const port = /CiviKey listens on http:\/\/localhost:(\d+)\n/.exec(output())?.[1];
    if (port !== undefined) return Number(port);
    if (hasEnded) throw new Error(`the server did not start: ${output()}`);
    await Bun.sleep(20);
  }
}
