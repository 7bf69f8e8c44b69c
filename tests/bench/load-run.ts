/** A load on one server, as a contender of a round. */
import type { BenchServer } from "./bench-process.ts";
import type { LoadGenerator, LoadRequests } from "./load-generator.ts";
import { median, rounded } from "./measurement.ts";
import { readWorkedSeconds } from "./process-figures.ts";

/** Runs the load once per round, from 64 connections unless told otherwise, and records how busy both ends were. */
export function createLoadRun(
  generator: LoadGenerator,
  options: {
    server: BenchServer;
    kinds: readonly LoadRequests[];
    seconds: number;
    connections?: number;
    /** Looks at one answer of each kind; throws when one is wrong. */
    check?: (samples: readonly string[]) => void;
  },
) {
  const { server, kinds, seconds, connections = 64, check } = options;
  const microseconds: number[] = [];
  const busy: number[] = [];
  return {
    async measure(): Promise<number> {
      const worked = readWorkedSeconds(server.pid);
      const result = await generator.run({ port: server.port, connections, seconds, kinds });
      check?.(result.samples);
      microseconds.push(((readWorkedSeconds(server.pid) - worked) / result.answers) * 1e6);
      busy.push(result.busy);
      return result.perSecond;
    },
    describe: (name: string) => ({
      [`${name}, server's µs a call`]: rounded(median(microseconds)),
      [`${name}, generator busy`]: rounded(median(busy)),
    }),
  };
}
