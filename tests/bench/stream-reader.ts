/** Reads one long answer as fast as it arrives and discards it, in its own process. */
import { createChunkCounter } from "./chunk-counter.ts";
import { doJobs, type JobProcess, openJobProcess } from "./job-process.ts";

/** What to read. */
export interface StreamJob {
  readonly port: number;
  /** A whole request. */
  readonly request: string;
}

/** What was read: the bytes of a 200's complete body. */
export interface StreamResult {
  readonly seconds: number;
  readonly bytes: number;
}

/** Starts a reader. */
export const openStreamReader = (): JobProcess<StreamJob, StreamResult> => openJobProcess(import.meta.path);

async function readStream({ port, request }: StreamJob): Promise<StreamResult> {
  const body = createChunkCounter();
  const ended = Promise.withResolvers<void>();
  let head = "";
  let isInBody = false;

  function receive(chunk: Buffer): void {
    if (isInBody) {
      body.add(chunk);
      if (body.isComplete()) ended.resolve();
      return;
    }
    head += chunk.toString("latin1");
    const headEnd = head.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const isStream = /^HTTP\/1.1 200 .*\r\ntransfer-encoding: chunked/is.test(head.slice(0, headEnd + 2));
    if (!isStream) throw new Error(`no stream: ${head.slice(0, 600)}`);
    isInBody = true;
    const rest = Buffer.from(head.slice(headEnd + 4), "latin1");
    if (rest.length > 0) receive(rest);
  }

  const started = performance.now();
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open: (opened) => {
        opened.write(request);
      },
      data(_socket, chunk) {
        try {
          receive(chunk);
        } catch (error) {
          ended.reject(error);
        }
      },
      close: () => ended.reject(new Error(`the stream broke off after ${body.count()} bytes`)),
      error: (_socket, error) => ended.reject(error),
    },
  });
  await ended.promise;
  const seconds = (performance.now() - started) / 1000;
  socket.terminate();
  return { seconds, bytes: body.count() };
}

if (import.meta.main) doJobs(readStream);
