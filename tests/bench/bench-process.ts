/** Starts the processes that a measurement needs, each ready when this returns. */
import { join } from "node:path";
import { saltText } from "../support/command.ts";
import { allocator, remember } from "./children.ts";

/** A process that listens on a port of loopback. */
export interface BenchServer {
  readonly port: number;
  readonly pid: number;
  /** Resolves when it has exited, for whatever reason. */
  readonly exited: Promise<unknown>;
  stop(): Promise<void>;
}

const readyWithinMs = 60_000;

/**
 * The product as an operator starts it, its log going nowhere, without limits of calls. `BENCH_PROFILE`
 * names a folder where every server leaves a CPU profile when it stops.
 */
export function startProductServer(
  databaseUrl: string,
  options: {
    /** A module of this folder that replaces some of the product's. */
    preload?: string;
    env?: Readonly<Record<string, string>>;
    port?: number;
  } = {},
): Promise<BenchServer> {
  const preload = options.preload ? ["--preload", join(import.meta.dir, options.preload)] : [];
  const profileFolder = process.env.BENCH_PROFILE;
  const profile = profileFolder ? ["--cpu-prof", "--cpu-prof-md", `--cpu-prof-dir=${profileFolder}`] : [];
  return startServer([...profile, ...preload, join(import.meta.dir, "../../src/server.ts")], {
    readyPath: "/readyz",
    port: options.port ?? findFreePort(),
    env: {
      DATABASE_URL: databaseUrl,
      SECRET_KEY: "test secret key 0123456789 abcdef",
      CIVIFORM_API_SECRET_SALT: saltText,
      RATE_LIMIT_REFUSED_PER_MINUTE: "0",
      RATE_LIMIT_PER_KEY_PER_MINUTE: "0",
      LOG_FORMAT: "json",
      ...options.env,
    },
  });
}

/** Just `Bun.serve`: every request gets this answer. */
export function startBareServer(answer: {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}): Promise<BenchServer> {
  return startServer([join(import.meta.dir, "bare-server.ts")], {
    readyPath: "/",
    readyStatus: answer.status,
    port: findFreePort(),
    env: { ANSWER: JSON.stringify(answer) },
  });
}

/** Starts a program that takes its port from `PORT`, and waits until it answers as it should. */
async function startServer(
  args: readonly string[],
  options: {
    readyPath: string;
    readyStatus?: number;
    port: number;
    env: Readonly<Record<string, string>>;
  },
): Promise<BenchServer> {
  const { port, readyPath, readyStatus = 200 } = options;
  const child = remember(
    Bun.spawn([process.execPath, ...args], {
      stdout: "ignore",
      stderr: "inherit",
      env: { PATH: process.env.PATH ?? "", ...allocator, ...options.env, PORT: String(port) },
    }),
  );
  const deadline = performance.now() + readyWithinMs;
  while ((await findStatus(`http://127.0.0.1:${port}${readyPath}`)) !== readyStatus) {
    if (child.exitCode !== null) throw new Error(`${args} has ended with ${child.exitCode}`);
    if (performance.now() > deadline) throw new Error(`${args} is not ready`);
    await Bun.sleep(2);
  }
  return {
    port,
    pid: child.pid,
    exited: child.exited,
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}

async function findStatus(url: string): Promise<number | undefined> {
  try {
    return (await fetch(url, { headers: { Connection: "close" } })).status;
  } catch {
    // Nobody listens yet.
    return undefined;
  }
}

/** A port that was free a moment ago. */
export function findFreePort(): number {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const { port = 0 } = server;
  void server.stop(true);
  return port;
}
