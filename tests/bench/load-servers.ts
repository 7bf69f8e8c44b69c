/** The servers of the load run, kept alive as an operator's supervisor does. */
import { type BenchServer, findFreePort, startProductServer } from "./bench-process.ts";

/** A server on its own port that is restarted whenever it exits, as an operator's supervisor would. */
export async function superviseServer(databaseUrl: string) {
  const port = findFreePort();
  let endedByItself = 0;
  let isKilled = false;
  let current: BenchServer = await startProductServer(databaseUrl, { port });
  let isOver = false;
  let watching = watch();

  async function watch(): Promise<void> {
    const exitCode = await current.exited;
    if (!isOver && !isKilled) {
      endedByItself += 1;
      console.error(`A server has ended by itself, with ${exitCode}.`);
    }
    isKilled = false;
    while (!isOver) {
      try {
        current = await startProductServer(databaseUrl, { port });
        watching = watch();
        return;
      } catch {
        // The database is away: the next try may find it.
        await Bun.sleep(200);
      }
    }
  }

  return {
    port,
    endedByItself: () => endedByItself,
    kill() {
      isKilled = true;
      process.kill(current.pid, "SIGKILL");
    },
    async stop() {
      isOver = true;
      await current.stop();
      await watching;
    },
  };
}
