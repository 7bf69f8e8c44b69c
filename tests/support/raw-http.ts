/** HTTP to the byte, for what no client library would send: repeated and folded headers, odd paths. */
import { connect } from "node:net";

/** An answer as it came over the wire; `status` is 0 when the server just closed the connection. */
export interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

const answerWithinMs = 5_000;

/** Sends these bytes on a connection of its own, and reads until the server closes it. */
export function sendRaw(
  server: { readonly host: string; readonly port: number },
  bytes: string | Uint8Array,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(server, () => socket.write(bytes));
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end of the answer: ${text.slice(0, 200)}`));
    }, answerWithinMs);
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => {
      text += chunk;
    });
    // A reset after the answer is how some servers refuse to read on.
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text });
    });
  });
}

/** A request of these lines, after which the server closes the connection. */
export function requestOf(target: string, headers: readonly string[] = [], method = "GET"): string {
  return [`${method} ${target} HTTP/1.1`, "Host: localhost", "Connection: close", ...headers, "", ""].join("\r\n");
}
