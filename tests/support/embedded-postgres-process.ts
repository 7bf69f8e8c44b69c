/**
 * A process that uses the embedded PostgreSQL, to test several at once: the program below, and the
 * function that starts it from a test.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { type EmbeddedPostgres, openEmbeddedPostgres } from "../../src/db/embedded/postgres.ts";

/** Another process that has the embedded PostgreSQL open. */
export interface EmbeddedPostgresProcess {
  readonly pid: number;
  readonly connection: EmbeddedPostgres["connection"];
  readonly owner: EmbeddedPostgres["owner"];
  /** Closes it there, and waits until the process ended by itself. */
  close(): Promise<void>;
  /** Ends it without a chance to close. */
  kill(): Promise<void>;
}

/**
 * Opens `dataDir` in another process, which leads a process group. It closes it when we end without
 * having done so, and then removes it if `isRemoved`. Fails with its error's message.
 */
export async function openInProcess(
  dataDir: string,
  role: "server" | "command",
  { isRemoved = false } = {},
): Promise<EmbeddedPostgresProcess> {
  const args = [dataDir, role, ...(isRemoved ? ["remove"] : [])];
  const child = spawn(process.execPath, [import.meta.path, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  const exited = once(child, "exit");
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const answer: Partial<Pick<EmbeddedPostgres, "connection" | "owner">> & { error?: string } = JSON.parse(line);
  const { connection, owner } = answer;
  if (connection === undefined || owner === undefined || child.pid === undefined) throw new Error(answer.error);
  return {
    pid: child.pid,
    ...{ connection, owner },
    close: async () => {
      child.stdin.end();
      await exited;
      if (child.exitCode !== 0) throw new Error(`It ended with ${child.exitCode}`);
    },
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

if (import.meta.main) {
  // As a server that finishes its requests first.
  process.on("SIGINT", () => {});
  const [dataDir = "", role, removal] = process.argv.slice(2);
  try {
    const opened = await openEmbeddedPostgres({
      dataDir,
      role: role === "server" ? "server" : "command",
    });
    console.log(JSON.stringify({ connection: opened.connection, owner: opened.owner }));
    for await (const _ of createInterface({ input: process.stdin }));
    await opened.close();
    if (removal === "remove") await rm(dataDir, { recursive: true, force: true });
  } catch (error) {
    console.log(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
  }
}
