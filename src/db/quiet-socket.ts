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

  constructor() {
    super();
    this.on("error", () => {});
  }

  override removeAllListeners(event?: string | symbol): this {
    super.removeAllListeners(event);
    // The driver has heard of the first error, and a second one is no news.
    this.on("error", () => {});
    return this;
  }
}

/**
 * Makes the driver's sockets; of several hosts it takes one after the other. Each is on its way a moment
 * later, when the driver listens: one that fails at once must fail before somebody who can hear it.
 */
export function createSocketOpener(): (place: Place) => Socket {
  let opened = 0;
  return ({ host, port, path }) => {
    const socket = new QuietSocket();
    const index = opened++ % port.length;
    if (path) {
      queueMicrotask(() => socket.connect(path));
      return socket;
    }
    const place = { host: host[index] ?? "localhost", port: port[index] ?? 5432 };
    queueMicrotask(() => socket.connect(place));
    return Object.assign(socket, place);
  };
}
