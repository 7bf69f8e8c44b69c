/**
 * The callers of the load run: each has one connection and one request in flight, and calls again when it was
 * answered. After a 503, or when a server has died, it waits a moment: it would only keep everybody from recovering.
 */
import { type KeepAliveClient, openClient } from "./keep-alive-client.ts";
import type { Door, LoadAnswer } from "./load-ledger.ts";

/** Longer than the API ever takes: it answers 503 within five seconds. */
const patienceMs = 10_000;
const retryPauseMs = 20;

/** Clients that run until they are stopped. */
export interface Callers {
  /** Calls that were never answered although their server kept running. */
  readonly unanswered: () => number;
  /** Lets the requests in flight finish. */
  stop(): Promise<void>;
}

/** Starts `count` callers, in turn on each of the ports. `pick` gives the next thing to try. */
export function startCallers(input: {
  count: number;
  ports: readonly number[];
  pick: () => Door | undefined;
  onAnswer: (answer: LoadAnswer, port: number) => void;
}): Callers {
  const { count, ports, pick, onAnswer } = input;
  let isOver = false;
  let unanswered = 0;

  async function call(port: number): Promise<void> {
    let client: KeepAliveClient | undefined;
    while (!isOver) {
      const door = pick();
      if (door === undefined) {
        await Bun.sleep(retryPauseMs);
        continue;
      }
      client ??= openClient(port);
      const asked = client;
      const sentMs = performance.now();
      const tooLong = setTimeout(() => {
        unanswered += 1;
        asked.close();
      }, patienceMs);
      try {
        const status = await asked.ask(door.request);
        onAnswer({ door, sentMs, answeredMs: performance.now(), status }, port);
        if (status === 503) await Bun.sleep(retryPauseMs);
      } catch {
        // Its server was killed: a missing answer is not a wrong one.
        client = undefined;
        await Bun.sleep(retryPauseMs);
      } finally {
        clearTimeout(tooLong);
      }
    }
    client?.close();
  }

  const calling = Promise.all(Array.from({ length: count }, (_, index) => call(ports[index % ports.length] ?? 0)));
  return {
    unanswered: () => unanswered,
    async stop() {
      isOver = true;
      await calling;
    },
  };
}
