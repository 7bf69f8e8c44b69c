/**
 * Sockets for the driver that never end the process. When connections break in quick succession,
 * postgres.js connects a socket once more after it has taken all listeners away, and an error that
 * nobody listens to is thrown.
 */
import { Socket } from "node:net";

/** Where to connect, as the driver has read it. */
interface Place {
  readonly host: readonly string[];
  readonly port: readonly number[];
  readonly path: string | false;
}

class QuietSocket extends Socket {
  /** The driver reads them for TLS. */
  host: string | undefined;
  port: number | undefined;

  override removeAllListeners(event?: string | symbol): this {
    super.removeAllListeners(event);
    // The driver has heard of the first error, and a second one is no news.
    this.on("error", () => {});
    return this;
  }
}

/** Makes the driver's sockets, each on its way already; of several hosts it takes one after the other. */
export function createSocketOpener(): (place: Place) => Socket {
  let opened = 0;
  return ({ host, port, path }) => {
    const socket = new QuietSocket();
    if (path) return socket.connect(path);
    const index = opened++ % port.length;
    socket.host = host[index] ?? "localhost";
    socket.port = port[index] ?? 5432;
    return socket.connect({ host: socket.host, port: socket.port });
  };
}
