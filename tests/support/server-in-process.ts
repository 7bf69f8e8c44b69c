/** A real server with its pools, timeouts and schedules, in this process: for what needs no process of its own. */
import { readConfig } from "../../src/config/variables.ts";
import { createLog } from "../../src/log.ts";
import { startServer } from "../../src/server.ts";
import { leakHunt } from "./leak-hunt.ts";
import { type CalledServer, callServer, serverEnvironment } from "./server-process.ts";

/** A server in this process. */
export interface ServerInProcess extends CalledServer {
  /** Stops it as SIGTERM does. */
  stop(options?: { drainSeconds?: number }): Promise<void>;
}

/** Starts one on a free port, with the configuration of `startServerProcess`. Throws what prevents a start. */
export async function startServerInProcess(
  databaseUrl: string,
  more: Readonly<Record<string, string>> = {},
): Promise<ServerInProcess> {
  let output = "";
  const destination = {
    write(line: string) {
      leakHunt.search("the log of a server", line);
      output += line;
    },
  };
  const config = readConfig(serverEnvironment(databaseUrl, more));
  const server = await startServer(config, createLog({ level: config.LOG_LEVEL, format: "json", destination }));
  const url = server.baseUrl.replace("localhost", "127.0.0.1");
  return {
    url,
    output: () => output,
    call: (path, token, init) => callServer(url, path, token, init),
    stop: (options) => server.stop(options),
  };
}
