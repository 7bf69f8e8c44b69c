/**
 * Calls a server from many connections, one request in flight on each, and looks at every answer. It
 * is a process of its own with as little as possible between the socket and the next request, so that
 * it is the server that is measured; `openLoadGenerator` starts it.
 */
import type { Socket } from "bun";
import { doJobs, type JobProcess, openJobProcess } from "./job-process.ts";

/** One kind of request, and the answer it must get. */
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
  /** Taken in turn: with two kinds, each is half of the load. */
  readonly kinds: readonly LoadRequests[];
}

/** The results. Every answer had the status of its kind and the length of the kind's first answer. */
export interface LoadResult {
  readonly perSecond: number;
  readonly answers: number;
  /** Milliseconds from a request to the first bytes of its answer, on average. */
  readonly firstByteMs: number;
  /** One whole answer of each kind, for a closer look. */
  readonly samples: readonly string[];
  /** How much of the time the generator itself was busy: near 1, it was the bottleneck. */
  readonly busy: number;
}

/** A generator that waits for jobs. */
export type LoadGenerator = JobProcess<LoadJob, LoadResult>;

/** Starts a generator. */
export const openLoadGenerator = (): LoadGenerator => openJobProcess(import.meta.path);

const hangMs = 120_000;
/** Behind `HTTP/1.1 200`. */
const statusEnd = 12;

/** One kind in progress: requests as bytes, and the length of its answers once known. */
interface Kind {
  readonly requests: readonly Buffer[];
  readonly status: string;
  answerLength: number;
  sample: string;
}

interface Line {
  kind: Kind;
  /** Bytes of the answer so far. */
  received: number;
  /** Its first characters, the status among them. */
  start: string;
  /** What was received so far, kept until the kind has a sample. */
  parts: Buffer[] | undefined;
  askedMs: number;
}

async function runJob(job: LoadJob): Promise<LoadResult> {
  const kinds = job.kinds.map(({ texts, status }): Kind => {
    const requests = texts.map((text) => Buffer.from(text, "latin1"));
    return { requests, status: String(status), answerLength: 0, sample: "" };
  });
  let sent = 0;
  let answers = 0;
  let waitedMs = 0;
  let started = 0;
  let seconds = 0;
  let isOver = false;
  let open = job.connections;
  const ended = Promise.withResolvers<void>();

  /** One more answer. The time ends with an answer, because part of another long one might still have fitted. */
  function count(now: number): void {
    answers += 1;
    seconds = (now - started) / 1000;
    isOver = seconds >= job.seconds && answers >= fewestAnswers(job);
  }

  function askNext(socket: Socket<Line>): void {
    if (isOver) {
      open -= 1;
      if (open === 0) ended.resolve();
      return;
    }
    const kind = kinds[sent % kinds.length] ?? fail("there is no kind of requests");
    const turn = Math.floor(sent / kinds.length) % kind.requests.length;
    sent += 1;
    const line = socket.data;
    line.kind = kind;
    line.received = 0;
    line.start = "";
    line.parts = kind.sample === "" ? [] : undefined;
    line.askedMs = performance.now();
    socket.write(kind.requests[turn] ?? fail("there are no requests"));
  }

  function receive(socket: Socket<Line>, chunk: Buffer): void {
    const line = socket.data;
    const { kind } = line;
    if (line.received === 0 && !isOver) waitedMs += performance.now() - line.askedMs;
    if (line.received < statusEnd) {
      line.start += chunk.toString("latin1", 0, statusEnd);
      if (line.received + chunk.length >= statusEnd && line.start.slice(9, 12) !== kind.status) {
        const text = line.start + chunk.toString("latin1", statusEnd, 600);
        ended.reject(new Error(`not a ${kind.status}: ${text}`));
        return;
      }
    }
    line.received += chunk.length;
    line.parts?.push(Buffer.from(chunk));
    if (kind.answerLength === 0) {
      kind.answerLength = findLength(Buffer.concat(line.parts ?? [])) ?? 0;
      if (kind.answerLength === 0) return;
    }
    if (line.received < kind.answerLength) return;
    if (line.received > kind.answerLength) {
      ended.reject(new Error(`an answer of ${line.received} bytes, not ${kind.answerLength}`));
      return;
    }
    if (kind.sample === "") kind.sample = Buffer.concat(line.parts ?? []).toString();
    if (!isOver) count(performance.now());
    askNext(socket);
  }

  const sockets = await Promise.all(
    Array.from({ length: job.connections }, () =>
      Bun.connect<Line>({
        hostname: "127.0.0.1",
        port: job.port,
        socket: {
          data: receive,
          close() {
            if (!isOver) ended.reject(new Error("the server has closed a connection"));
          },
          error: (_socket, error) => ended.reject(error),
        },
      }),
    ),
  );
  const worked = process.cpuUsage();
  started = performance.now();
  for (const socket of sockets) {
    const [kind = fail("there is nothing to ask")] = kinds;
    socket.data = { kind, received: 0, start: "", parts: undefined, askedMs: 0 };
    askNext(socket);
  }
  const timer = setTimeout(() => ended.reject(new Error("the server hangs")), hangMs);
  try {
    await ended.promise;
  } finally {
    isOver = true;
    clearTimeout(timer);
    for (const socket of sockets) socket.terminate();
  }
  const { user, system } = process.cpuUsage(worked);
  return {
    perSecond: answers / seconds,
    answers,
    firstByteMs: waitedMs / answers,
    samples: kinds.map(({ sample }) => sample),
    busy: (user + system) / 1e6 / seconds,
  };
}

/** The least number of answers in a round, however slow the machine. */
export function fewestAnswers({ connections }: Pick<LoadJob, "connections">): number {
  return Math.max(10, 2 * connections);
}

/** The length of an answer, head and body (which may be one chunk); undefined while unknown. */
function findLength(answer: Buffer): number | undefined {
  const headEnd = answer.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const bodyStart = headEnd + 4;
  const head = answer.toString("latin1", 0, headEnd);
  if (!/\r\ntransfer-encoding: chunked/i.test(head)) {
    const bodyLength = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    return bodyStart + Number(bodyLength ?? fail(`an answer without its length: ${head}`));
  }
  const sizeEnd = answer.indexOf("\r\n", bodyStart);
  if (sizeEnd < 0) return undefined;
  const size = Number.parseInt(answer.toString("latin1", bodyStart, sizeEnd), 16);
  return sizeEnd + 2 + size + "\r\n0\r\n\r\n".length;
}

function fail(problem: string): never {
  throw new Error(problem);
}

if (import.meta.main) doJobs(runJob);
