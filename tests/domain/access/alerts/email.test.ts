import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer, type Server } from "node:net";
import { createEmailSender } from "../../../../src/domain/access/alerts/email.ts";
import { type MailServer, startMailServer } from "../../../support/receivers.ts";

let mail: MailServer;
let port: string;
const email = { to: "vendor@example.org", subject: "Hello", text: "Hello.", id: "alert-1" };
const from = "keys@example.org";

beforeAll(async () => {
  mail = await startMailServer();
  ({ port } = new URL(mail.url));
});
afterAll(() => mail.close());

async function send(smtpUrl: string, more: Partial<typeof email> = {}, timeoutMs = 10_000): Promise<string> {
  const sender = createEmailSender({ smtpUrl, from, timeoutMs });
  try {
    await sender.send({ ...email, ...more });
    return "sent";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  } finally {
    sender.close();
  }
}

describe("an e-mail", () => {
  test("has a subject of one line, and an id that stays the same", async () => {
    expect(await send(mail.url, { subject: "One\r\nTo: evil@example.org\u2028two\tthree" })).toBe("sent");
    const { raw, to } = mail.mails.at(-1) ?? { raw: "", to: [] };
    expect(raw).toContain("Subject: One To: evil@example.org two three\r\n");
    expect(raw).toContain("Message-ID: <alert-1@example.org>\r\n");
    expect(to).toEqual(["vendor@example.org"]);
  });

  test.each([
    "",
    "nobody",
    "a@b@example.org",
    "a@example.org,b@example.org",
    "a@example.org; b@example.org",
    "Ada <a@example.org>",
    '"a b"@example.org',
    "a@example.org\r\nBcc: b@example.org",
    "a@example.org\u0000",
    " a@example.org",
    "group:a@example.org;",
  ])("is not sent to %p", async (to) => {
    const connections = mail.connections;
    expect(await send(mail.url, { to })).toBe("not_an_address");
    expect(mail.connections).toBe(connections);
  });
});

describe("a password", () => {
  test("never travels in the clear to another machine", async () => {
    // A name for this machine that does not say so.
    expect(await send(`smtp://user:pass@0.0.0.0:${port}`)).toBe("ETLS");
    expect(mail.passwords).toEqual([]);
  });

  test("may travel in the clear on this machine", async () => {
    expect(await send(`smtp://user:pass@127.0.0.1:${port}`)).toBe("sent");
    expect(mail.passwords).toEqual(["pass"]);
  });
});

test("sending fails after a timeout when the server never answers", async () => {
  const silent: Server = createServer(() => {}).listen(0, "127.0.0.1");
  await new Promise((resolve) => silent.once("listening", resolve));
  const place = silent.address();
  const silentPort = typeof place === "object" ? place?.port : 0;
  const started = performance.now();
  expect(await send(`smtp://127.0.0.1:${silentPort}`, {}, 200)).toBe("ETIMEDOUT");
  expect(performance.now() - started).toBeLessThan(5_000);
  silent.close();
});
