/** A process that does one job after the other for the bench: warm like a server, and separate from the bench. */
import { allocator, remember } from "./children.ts";

type Reply<Result> = { readonly result: Result } | { readonly problem: string };

/** A process that waits for jobs. */
export interface JobProcess<Job, Result> {
  /** Does one job at a time. Throws the error if it fails there. */
  run(job: Job): Promise<Result>;
  close(): Promise<void>;
}

/** Starts a file of this folder that calls `doJobs`. */
export function openJobProcess<Job, Result>(path: string): JobProcess<Job, Result> {
  let answer: ((reply: Reply<Result>) => void) | undefined;
  const child = remember(
    Bun.spawn([process.execPath, path], {
      env: { ...process.env, ...allocator },
      stdout: "inherit",
      stderr: "inherit",
      ipc: (reply: Reply<Result>) => answer?.(reply),
      onExit: () => answer?.({ problem: `${path} has ended` }),
    }),
  );
  return {
    async run(job) {
      const reply = await new Promise<Reply<Result>>((resolve) => {
        answer = resolve;
        child.send(job);
      });
      if ("problem" in reply) throw new Error(reply.problem);
      return reply.result;
    },
    async close() {
      child.kill();
      await child.exited;
    },
  };
}

/** The other side: does every job it receives. */
export function doJobs<Job, Result>(run: (job: Job) => Promise<Result>): void {
  process.on("message", async (job: Job) => {
    let reply: Reply<Result>;
    try {
      reply = { result: await run(job) };
    } catch (error) {
      reply = { problem: String(error) };
    }
    process.send?.(reply);
  });
}
