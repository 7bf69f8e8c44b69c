/** Makes the docs of programs when they are asked for, large ones off the event loop, and keeps them in memory. */
import type { Database } from "../../db/client.ts";
import { readDefinitions } from "../../domain/openapi/documented-program.ts";
import type { DocsSource, PackedDocs, ProgramDocs, WantedDocs } from "../../domain/openapi/program-docs.ts";
import { DomainError } from "../../lib/errors.ts";
import { createBoundedMap } from "../../lib/limits/bounded-map.ts";
import { TooLateError, withinMs } from "../../lib/limits/deadline.ts";
import type { Log } from "../../log.ts";
import { describeError } from "../answers/errors.ts";
import { packInWorker } from "./in-worker.ts";
import { packDocs } from "./pack-docs.ts";

/** What the docs of programs need. */
export interface ProgramDocsDeps {
  readonly db: Database;
  readonly log: Log;
  readonly zone: string;
  readonly baseUrl: () => string;
  /** How long a reader waits, in milliseconds: less than a page waits for its database. */
  readonly waitMs?: number;
  /** Makes large docs; in a worker unless given. */
  readonly packAside?: (source: DocsSource, limits: { signal: AbortSignal }) => Promise<PackedDocs>;
}

/** Anybody may ask for docs, and a slow reader holds what is not streamed: only of ordinary programs it is held unpacked. */
export const plainDocsLimits = { bytesMax: 1024 * 1024, advice: "accept gzip" };

/** How many parts are kept. One of an ordinary program has 5 kB. */
const keptMax = 500;
/** Up to so many characters of questions, in all versions, docs are made within milliseconds. */
const smallMax = 32_000;

/** Docs that need too long are not tried again for an hour: each try keeps a processor busy for a minute. */
const givenUpMs = 3_600_000;

/** The docs of a process. */
export function createProgramDocs(deps: ProgramDocsDeps): ProgramDocs {
  const { db, log, zone, baseUrl, waitMs = 7_000, packAside = packInWorker } = deps;
  const stopping = new AbortController();
  const kept = createBoundedMap<string, PackedDocs>(keptMax);
  const making = new Map<string, Promise<PackedDocs>>();
  const givenUp = createBoundedMap<string, number>(keptMax);
  let lastLarge: Promise<unknown> = Promise.resolve();

  async function make(wanted: WantedDocs, key: string): Promise<PackedDocs> {
    const definitions = await readDefinitions(db, wanted.version);
    const source = { ...wanted, definitions, zone, baseUrl: baseUrl() };
    const size = definitions.questions.join("").length;
    const docs = size > smallMax ? await makeLarge(source, key) : packDocs(source);
    kept.set(key, docs);
    return docs;
  }

  /** One at a time: each takes much memory. */
  function makeLarge(source: DocsSource, key: string): Promise<PackedDocs> {
    const { signal } = stopping;
    const made = lastLarge.then(() => packAside(source, { signal }));
    lastLarge = made.catch((error) => {
      if (error instanceof TooLateError) givenUp.set(key, performance.now());
      if (!signal.aborted) log.error({ error: describeError(error) }, "docs could not be made");
    });
    return made;
  }

  return {
    async read(wanted) {
      const key = JSON.stringify([wanted.part, wanted.version, wanted.questions]);
      const known = kept.get(key);
      if (known !== undefined) return known;
      if (performance.now() - (givenUp.get(key) ?? Number.NEGATIVE_INFINITY) < givenUpMs) {
        throw new DomainError("unavailable", "These docs take too long to make.", {
          retryAfterSeconds: givenUpMs / 1000,
        });
      }
      const made = making.get(key) ?? make(wanted, key).finally(() => making.delete(key));
      making.set(key, made);
      try {
        return await withinMs(made, waitMs);
      } catch (error) {
        if (!(error instanceof TooLateError)) throw error;
        throw new DomainError("unavailable", "These docs are being made.", { retryAfterSeconds: 5 });
      }
    },
    close() {
      stopping.abort(new DomainError("unavailable", "The server is stopping.", { retryAfterSeconds: 5 }));
    },
  };
}
