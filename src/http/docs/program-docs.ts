/** Makes the docs of programs, one after another and off the event loop, and stores them. */
import { join } from "node:path";
import type { Database } from "../../db/client.ts";
import { documentedStages, findDocumentedVersion, readDefinitions } from "../../domain/openapi/documented-program.ts";
import {
  type DocsKind,
  type DocsOfVersion,
  type DocsSource,
  findStoredDocs,
  type PackedDocs,
  type ProgramDocs,
  type StoredDocsKey,
  storeDocs,
  type WantedDocs,
} from "../../domain/openapi/program-docs.ts";
import { DomainError } from "../../lib/errors.ts";
import { TooLateError, withinMs } from "../../lib/limits/deadline.ts";
import type { Log } from "../../log.ts";
import { describeError } from "../answers/errors.ts";

/** What the docs of programs need. */
export interface ProgramDocsDeps {
  readonly db: Database;
  readonly log: Log;
  readonly zone: string;
  readonly baseUrl: () => string;
}

/** Less than a page waits for its database. */
const waitMs = 7_000;

/** Makes the docs of a process. Those that are not stored yet are made at the first request. */
export function createProgramDocs(deps: ProgramDocsDeps): ProgramDocs {
  const { db, log, zone, baseUrl } = deps;
  const stopping = new AbortController();
  /** What is being made or waits for its turn, by the digest of its source. */
  const making = new Map<string, Promise<DocsOfVersion>>();
  let lastMade: Promise<unknown> = Promise.resolve();

  function report(error: unknown): void {
    if (stopping.signal.aborted) return;
    log.error({ error: describeError(error) }, "docs could not be made");
  }

  async function find(wanted: WantedDocs, kind: DocsKind): Promise<PackedDocs> {
    const release = await digestOfRelease;
    const source = digest(JSON.stringify({ release, ...wanted, zone, baseUrl: baseUrl() }));
    const key = { version: wanted.version.version, source };
    const stored = await findStoredDocs(db, key, kind);
    if (stored !== undefined) return stored;
    const packed = (await (making.get(source) ?? queue(wanted, key))).get(kind);
    if (packed === undefined) throw new Error(`The docs have no part ${kind}.`);
    return packed;
  }

  function queue(wanted: WantedDocs, key: StoredDocsKey): Promise<DocsOfVersion> {
    const made = lastMade.then(() => make(wanted, key)).finally(() => making.delete(key.source));
    making.set(key.source, made);
    lastMade = made.catch(report);
    return made;
  }

  async function make(wanted: WantedDocs, key: StoredDocsKey): Promise<DocsOfVersion> {
    stopping.signal.throwIfAborted();
    const definitions = await readDefinitions(db, wanted.version);
    const source = { ...wanted, definitions, zone, baseUrl: baseUrl() };
    const docs = await makeInWorker(source, stopping.signal);
    await storeDocs(db, key, docs);
    return docs;
  }

  async function prepareStages({ slug, operations }: Parameters<ProgramDocs["prepare"]>[0]) {
    for (const stage of documentedStages) {
      const version = await findDocumentedVersion(db, { slug, stage });
      if (version !== undefined) await find({ version, operations }, "page");
    }
  }

  return {
    async read(wanted, kind) {
      try {
        return await withinMs(find(wanted, kind), waitMs);
      } catch (error) {
        if (!(error instanceof TooLateError)) throw error;
        throw new DomainError("unavailable", "These docs are being made.", {
          cause: error,
          retryAfterSeconds: 5,
        });
      }
    },
    prepare(program) {
      void prepareStages(program).catch(report);
    },
    async close() {
      stopping.abort();
      await lastMade;
    },
  };
}

/** A new thread for each, which gives its memory back. */
async function makeInWorker(source: DocsSource, signal: AbortSignal): Promise<DocsOfVersion> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url).href);
  const { promise, resolve, reject } = Promise.withResolvers<DocsOfVersion>();
  const stop = () => reject(new Error("The server is stopping."));
  signal.addEventListener("abort", stop);
  worker.onmessage = ({ data }: MessageEvent<DocsOfVersion>) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
  worker.postMessage(source);
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", stop);
    worker.terminate();
  }
}

/** Another release may write docs in another way, so it makes them anew. */
const digestOfRelease = digestSources(join(import.meta.dir, "../.."));

async function digestSources(folder: string): Promise<string> {
  const files = await Array.fromAsync(new Bun.Glob("**/*.{ts,tsx}").scan(folder));
  const texts = files.sort().map((file) => Bun.file(join(folder, file)).text());
  return digest((await Promise.all(texts)).join("\0"));
}

function digest(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("base64");
}
