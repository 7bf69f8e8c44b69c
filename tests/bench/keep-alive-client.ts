/** One connection that sends one request after the other, to measure the server and not a client library. */
import { connect, type Socket } from "node:net";

/** An open connection. */
export interface KeepAliveClient {
  /** Sends a request and returns the status once the whole answer has arrived. Throws when the connection breaks. */
  ask(request: string): Promise<number>;
  close(): void;
}

interface Waiting {
  readonly resolve: (status: number) => void;
  readonly reject: (error: Error) => void;
}

/** Connects to a port of loopback. Answers must have a `Content-Length`. */
export function openClient(port: number): KeepAliveClient {
  const socket: Socket = connect({ host: "127.0.0.1", port, noDelay: true });
  let received = "";
  let waiting: Waiting | undefined;
  let isClosed = false;
  socket.setEncoding("latin1");
  socket.on("data", (chunk) => {
    received += chunk;
    const head = received.indexOf("\r\n\r\n");
    if (head < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
    if (received.length < head + 4 + length) return;
    const status = Number(received.slice(9, 12));
    received = "";
    waiting?.resolve(status);
  });
  // The reason doesn't matter; `close` follows.
  socket.on("error", () => {});
  socket.on("close", () => {
    isClosed = true;
    waiting?.reject(new Error("the connection is closed"));
  });
  return {
    ask(request) {
      return new Promise((resolve, reject) => {
        if (isClosed) return reject(new Error("the connection is closed"));
        waiting = { resolve, reject };
        socket.write(request);
      });
    },
    close: () => socket.destroy(),
  };
}
