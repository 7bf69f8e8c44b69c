/** Real receivers of alerts: a mail server and a webhook's server, on free ports of loopback. */
import { SMTPServer } from "smtp-server";

/** A mail as it came over the wire. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and text, as they were sent. */
  readonly raw: string;
}

/** A mail server; `refuses` decides which recipients it does not know. */
export interface MailServer {
  readonly url: string;
  readonly mails: ReceivedMail[];
  /** What it was given to sign in with. */
  readonly passwords: string[];
  /** How often somebody connected. */
  connections: number;
  refuses: (address: string) => boolean;
  close(): Promise<void>;
}

/** Starts a mail server. */
export async function startMailServer(): Promise<MailServer> {
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    onAuth({ password }, _session, done) {
      mailServer.passwords.push(password ?? "");
      done(null, { user: "user" });
    },
    disabledCommands: ["STARTTLS"],
    onConnect(_session, done) {
      mailServer.connections += 1;
      done();
    },
    onRcptTo({ address }, _session, done) {
      if (!mailServer.refuses(address)) return done();
      done(Object.assign(new Error("no such mailbox"), { responseCode: 550 }));
    },
    onData(stream, { envelope }, done) {
      const chunks: Uint8Array[] = [];
      stream.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      stream.on("end", () => {
        mailServer.mails.push({
          from: envelope.mailFrom ? envelope.mailFrom.address : "",
          to: envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const place = server.server.address();
  const port = typeof place === "object" ? place?.port : undefined;
  const mailServer: MailServer = {
    url: `smtp://127.0.0.1:${port}`,
    mails: [],
    passwords: [],
    connections: 0,
    refuses: () => false,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return mailServer;
}

/** The text of a mail, decoded, without line ends that are only there for the way. */
export function textOfMail({ raw }: ReceivedMail): string {
  const [headers = "", ...parts] = raw.split("\r\n\r\n");
  const body = parts.join("\n\n").replaceAll("\r\n", "\n");
  if (!/^content-transfer-encoding: quoted-printable/im.test(headers)) return body;
  const bytes = body
    .replaceAll("=\n", "")
    .replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(bytes, "latin1").toString();
}

/** The names of a mail's headers, lower case. */
export function headersOfMail({ raw }: ReceivedMail): string[] {
  const [headers = ""] = raw.split("\r\n\r\n");
  return headers
    .split(/\r?\n(?!\s)/)
    .map((line) => line.slice(0, line.indexOf(":")).toLowerCase())
    .toSorted();
}

/** A request that a webhook's server got. */
export interface ReceivedHook {
  readonly headers: Headers;
  readonly body: string;
}

/** A webhook's server; `answer` decides what it says. */
export interface HookServer {
  readonly url: string;
  readonly port: number;
  readonly hooks: ReceivedHook[];
  answer: () => Response | Promise<Response>;
  close(): Promise<void>;
}

/** Starts a webhook's server. */
export function startHookServer(): HookServer {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      hookServer.hooks.push({ headers: request.headers, body: await request.text() });
      return hookServer.answer();
    },
  });
  const hookServer: HookServer = {
    url: `http://127.0.0.1:${server.port}/hook?from=civikey`,
    port: server.port ?? 0,
    hooks: [],
    answer: () => new Response(null, { status: 204 }),
    close: () => server.stop(true),
  };
  return hookServer;
}
