/** One connection that sends one request after the other: what is measured is the server, not a client library. */
import { connect, type Socket } from "node:net";

/** An open connection. */
export interface KeepAliveClient {
  /** Sends a request and gives the status once the whole answer has come. */
  ask(request: string): Promise<number>;
  close(): void;
}

/** Connects to a port of loopback. Answers must have a `Content-Length`. */
export function openClient(port: number): KeepAliveClient {
  const socket: Socket = connect({ host: "127.0.0.1", port, noDelay: true });
  let received = "";
  let waiting: ((status: number) => void) | undefined;
  socket.setEncoding("latin1");
  socket.on("data", (chunk) => {
    received += chunk;
    const head = received.indexOf("\r\n\r\n");
    if (head < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
    if (received.length < head + 4 + length) return;
    const status = Number(received.slice(9, 12));
    received = "";
    waiting?.(status);
  });
  return {
    ask(request) {
      return new Promise((resolve, reject) => {
        waiting = resolve;
        socket.once("error", reject);
        socket.write(request, () => socket.off("error", reject));
      });
    },
    close: () => socket.destroy(),
  };
}
