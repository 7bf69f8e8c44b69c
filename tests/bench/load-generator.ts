/**
 * Calls a server from many connections, one request in flight on each, and looks at every answer. It
 * is a process of its own with as little as possible between the socket and the next request, so that
 * it is the server that is measured; `openLoadGenerator` starts it.
 */
import type { Socket } from "bun";

/** One kind of request, and what it must be answered. */
export interface LoadRequests {
  /** Whole requests, taken in turn. */
  readonly texts: readonly string[];
  readonly status: number;
}

/** What to do. */
export interface LoadJob {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** Taken in turn: two kinds are each half of the load. */
  readonly kinds: readonly LoadRequests[];
}

/** What came of it: every answer had the status of its kind, and the length of the kind's first answer. */
export interface LoadResult {
  readonly perSecond: number;
  readonly answers: number;
  /** The first answer of each kind, for a closer look. */
  readonly samples: readonly string[];
  /** How much of the time the generator itself was at work: near 1, it is what was measured. */
  readonly busy: number;
}

/** A generator that waits for jobs. */
export interface LoadGenerator {
  run(job: LoadJob): Promise<LoadResult>;
  close(): Promise<void>;
}

type Reply = { readonly result: LoadResult } | { readonly problem: string };

/** Starts a generator. */
export function openLoadGenerator(): LoadGenerator {
  let answer: ((reply: Reply) => void) | undefined;
  const child = Bun.spawn([process.execPath, import.meta.path], {
    stdout: "inherit",
    stderr: "inherit",
    ipc: (reply: Reply) => answer?.(reply),
    onExit: () => answer?.({ problem: "the load generator has ended" }),
  });
  return {
    async run(job) {
      const reply = await new Promise<Reply>((resolve) => {
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

/** One kind on its way: requests as bytes, and how long its answers are, once one is known. */
interface Kind {
  readonly requests: readonly Buffer[];
  readonly status: string;
  answerLength: number;
  sample: string;
}

interface Line {
  kind: Kind;
  /** The part of an answer that came so far, when it came in parts. */
  received: Buffer | undefined;
}

async function runJob(job: LoadJob): Promise<LoadResult> {
  const kinds = job.kinds.map(({ texts, status }): Kind => {
    const requests = texts.map((text) => Buffer.from(text, "latin1"));
    return { requests, status: String(status), answerLength: 0, sample: "" };
  });
  let sent = 0;
  let answers = 0;
  let isOver = false;
  let open = job.connections;
  const ended = Promise.withResolvers<void>();

  function askNext(socket: Socket<Line>): void {
    if (isOver) {
      socket.end();
      open -= 1;
      if (open === 0) ended.resolve();
      return;
    }
    const kind = kinds[sent % kinds.length] ?? fail("there is no kind of requests");
    const turn = Math.floor(sent / kinds.length) % kind.requests.length;
    sent += 1;
    socket.data.kind = kind;
    socket.write(kind.requests[turn] ?? fail("there are no requests"));
  }

  function receive(socket: Socket<Line>, chunk: Buffer): void {
    const line = socket.data;
    const { kind } = line;
    const answer = line.received ? Buffer.concat([line.received, chunk]) : chunk;
    if (kind.answerLength === 0) {
      const length = findLength(answer);
      if (length === undefined || answer.length < length) {
        line.received = Buffer.from(answer);
        return;
      }
      kind.answerLength = length;
      kind.sample = answer.toString("latin1");
    }
    if (answer.length < kind.answerLength) {
      line.received = Buffer.from(answer);
      return;
    }
    line.received = undefined;
    if (answer.length > kind.answerLength || answer.toString("latin1", 9, 12) !== kind.status) {
      ended.reject(
        new Error(`not the expected answer: ${answer.toString("latin1").slice(0, 600)}`),
      );
      return;
    }
    if (!isOver) answers += 1;
    askNext(socket);
  }

  const sockets = await Promise.all(
    Array.from({ length: job.connections }, () =>
      Bun.connect<Line>({
        hostname: "127.0.0.1",
        port: job.port,
        socket: {
          open(socket) {
            socket.data = {
              kind: kinds[0] ?? fail("there is nothing to ask"),
              received: undefined,
            };
          },
          data: receive,
          close() {
            if (!isOver) ended.reject(new Error("the server has closed a connection"));
          },
          error: (_socket, error) => ended.reject(error),
        },
      }),
    ),
  );
  const started = performance.now();
  const worked = process.cpuUsage();
  let result: LoadResult | undefined;
  setTimeout(() => {
    isOver = true;
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(worked);
    const busy = (user + system) / 1e6 / seconds;
    const samples = kinds.map(({ sample }) => sample);
    result = { perSecond: answers / seconds, answers, samples, busy };
  }, job.seconds * 1000);
  for (const socket of sockets) askNext(socket);
  try {
    await ended.promise;
  } finally {
    isOver = true;
    for (const socket of sockets) socket.terminate();
  }
  return result ?? fail("the load ended before its time");
}

/** How long an answer is, head and body; undefined while its head is not complete. */
function findLength(answer: Buffer): number | undefined {
  const headEnd = answer.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const head = answer.toString("latin1", 0, headEnd);
  const bodyLength = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  return headEnd + 4 + Number(bodyLength ?? fail(`an answer without its length: ${head}`));
}

function fail(problem: string): never {
  throw new Error(problem);
}

if (import.meta.main) {
  process.on("message", async (job: LoadJob) => {
    let reply: Reply;
    try {
      reply = { result: await runJob(job) };
    } catch (error) {
      reply = { problem: `${error}` };
    }
    process.send?.(reply);
  });
}
