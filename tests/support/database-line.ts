/** The line between a server and its database, which a test can cut, or make silent. */
import { once } from "node:events";
import { connect, createServer, type NetConnectOpts, type Server, type Socket } from "node:net";
import type { DatabaseTarget } from "../../src/db/client.ts";
import { urlOf } from "./database.ts";

/** A port of loopback that leads to a database. */
export interface DatabaseLine {
  /** The database through this line, as a `DATABASE_URL`. */
  readonly url: string;
  /** Refuses new connections and breaks those that are open: PostgreSQL has gone. */
  cut(): Promise<void>;
  /** Keeps all connections open, and new ones too, and lets nothing through: nobody says that it has gone. */
  silence(): void;
  /** Lets new connections through. Those that are silent stay so. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a line. */
export async function openDatabaseLine(target: DatabaseTarget): Promise<DatabaseLine> {
  const far = placeOf(target);
  const sockets = new Set<Socket>();
  let isSilent = false;
  let isCut = false;

  const server: Server = createServer((near) => {
    // It came in before the cut, and would keep the line open after it.
    if (isCut) {
      near.on("error", () => {}).destroy();
      return;
    }
    const beyond = connect(far);
    for (const socket of [near, beyond]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    }
    if (isSilent) return;
    near.pipe(beyond);
    beyond.pipe(near);
    near.on("close", () => beyond.destroy());
    beyond.on("close", () => near.destroy());
  });
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    // Throws when it cannot.
    await once(server, "listening");
  };
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };

  await listen(0);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: urlOf(atPort(target, port)),
    async cut() {
      isCut = true;
      // It stops listening at once. Nobody waits for the ends of connections that are broken here anyway.
      server.close();
      breakAll();
    },
    silence() {
      isSilent = true;
      for (const socket of sockets) {
        socket.unpipe();
        socket.removeAllListeners("close");
        socket.on("close", () => sockets.delete(socket));
        socket.on("data", () => {});
      }
    },
    async restore() {
      isSilent = false;
      isCut = false;
      // Meanwhile any connection of this machine may have got the port, for a while.
      while (!server.listening) await listen(port).catch(() => Bun.sleep(20));
    },
    async close() {
      isCut = true;
      server.close();
      breakAll();
    },
  };
}

function placeOf(target: DatabaseTarget): NetConnectOpts {
  if (typeof target === "string") {
    const { hostname, port } = new URL(target);
    return { host: hostname, port: Number(port || 5432) };
  }
  const { host, port } = target;
  return host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
}

function atPort(target: DatabaseTarget, port: number): DatabaseTarget {
  if (typeof target !== "string") return { ...target, host: "127.0.0.1", port };
  const url = new URL(target);
  url.hostname = "127.0.0.1";
  url.port = String(port);
  return url.href;
}
