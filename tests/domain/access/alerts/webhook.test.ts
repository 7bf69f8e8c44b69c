import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { findWebhookProblem } from "../../../../src/config/addresses.ts";
import { sendTestAlerts } from "../../../../src/domain/access/alerts/send-test.ts";
import { describeWebhookSecret, postWebhook, signWebhook } from "../../../../src/domain/access/alerts/webhook.ts";
import { isPublicAddress } from "../../../../src/lib/net/public-addresses.ts";
import { parseAddress } from "../../../../src/lib/net/subnets.ts";
import { beginTrace, readTrace } from "../../../../src/lib/net/trace-context.ts";
import { startHookServer } from "../../../support/receivers.ts";

const hook = startHookServer();
afterAll(() => hook.close());
beforeEach(() => {
  hook.hooks.length = 0;
  hook.answer = () => new Response(null, { status: 204 });
});

const key = new Uint8Array(32).fill(7);
const message = { id: "alert-1", at: new Date("2026-01-15T20:00:00Z"), body: '{"type":"test"}' };
const post = (more: Partial<Parameters<typeof postWebhook>[0]> = {}) =>
  postWebhook({ url: hook.url, key, allowsPrivate: true, ...more }, message);
const outcome = (result: Promise<void>) =>
  result.then(
    () => "sent",
    (error) => String(error.code),
  );

describe("a message", () => {
  test("goes on with the trace of its request as a child, and has none otherwise", async () => {
    const trace = beginTrace();
    const webhook = { url: hook.url, key, allowsPrivate: true };
    for (const given of [trace, undefined])
      await sendTestAlerts({ email: undefined, webhook }, { now: message.at, trace: given });
    const traces = hook.hooks.map(({ headers }) => readTrace(headers.get("traceparent")));
    expect(traces).toEqual([trace, undefined]);
  });

  test("is signed as the Standard Webhooks specification's own example is", () => {
    const secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const exampleKey = new Uint8Array(Buffer.from(secret, "base64"));
    expect(
      signWebhook(exampleKey, {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        at: new Date(1614265330_000),
        body: '{"test": 2432232314}',
      }),
    ).toEqual({
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
    expect(describeWebhookSecret(exampleKey)).toBe(`whsec_${secret}`);
  });

  test("arrives whole, with its headers, at the configured path and query", async () => {
    await post();
    const [{ headers, body } = { headers: new Headers(), body: "" }] = hook.hooks;
    expect(body).toBe(message.body);
    expect(headers.get("content-type")).toBe("application/json");
    expect(headers.get("webhook-id")).toBe("alert-1");
    expect(headers.get("webhook-timestamp")).toBe("1768507200");
    expect(headers.get("webhook-signature")).toMatch(/^v1,[\w+/]{43}=$/);
  });

  test("counts as delivered on any 2xx answer, and on no other", async () => {
    for (const status of [200, 201, 202, 204]) {
      hook.answer = () => new Response(null, { status });
      expect(await outcome(post())).toBe("sent");
    }
    for (const status of [304, 400, 401, 404, 410, 429, 500, 503]) {
      hook.answer = () => new Response(null, { status });
      expect(await outcome(post())).toBe(`status_${status}`);
    }
  });

  test("is not sent on to the target of a redirect", async () => {
    const other = startHookServer();
    hook.answer = () => new Response(null, { status: 307, headers: { location: other.url } });
    expect(await outcome(post())).toBe("status_307");
    expect(other.hooks).toEqual([]);
    await other.close();
  });

  test("fails after a timeout when the server's name, answer or end of answer takes too long", async () => {
    const timeoutMs = 100;
    const drip = () =>
      new ReadableStream({
        async pull(controller) {
          await Bun.sleep(50);
          controller.enqueue(new Uint8Array(1));
        },
      });
    // None of these ends by itself.
    hook.answer = () => new Promise<Response>(() => {});
    expect(await outcome(post({ timeoutMs }))).not.toBe("sent");
    hook.answer = () => new Response(drip());
    expect(await outcome(post({ timeoutMs }))).not.toBe("sent");
    const resolve = () => new Promise<string[]>(() => {});
    const url = `http://hooks.example.org:${hook.port}/`;
    expect(await outcome(post({ timeoutMs, url, resolve }))).toBe("timeout");
  });

  test("is sent without reading more of the answer than needed", async () => {
    let sent = 0;
    const endless = () =>
      new ReadableStream({
        async pull(controller) {
          sent += 1;
          controller.enqueue(new Uint8Array(64 * 1024));
          await Bun.sleep(1);
        },
      });
    hook.answer = () => new Response(endless());
    expect(await outcome(post())).toBe("sent");
    const afterwards = sent;
    await Bun.sleep(200);
    expect(sent - afterwards).toBeLessThan(20);
  });
});

describe("without permission to call private addresses", () => {
  const refused = { allowsPrivate: false } as const;
  const hostnames = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "10.1.2.3",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd12:3456::1]",
    "[ff02::1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:db8::1]",
  ];
  test.each(hostnames)("%s is refused in the configuration, and again when it is called", async (host) => {
    const url = `https://${host}:${hook.port}/hook`;
    expect(findWebhookProblem(url)).toContain("must be public");
    expect(await outcome(post({ ...refused, url }))).toBe("not_allowed");
    expect(hook.hooks).toEqual([]);
  });

  test("plain http is refused", async () => {
    expect(findWebhookProblem("http://hooks.example.org/")).toContain("must be https");
    expect(await outcome(post({ ...refused, url: "http://hooks.example.org/" }))).toBe("not_allowed");
  });

  test("a name is refused when one of its addresses is private or invalid", async () => {
    const url = `https://hooks.example.org:${hook.port}/`;
    for (const found of [["127.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["::1"], ["fe80::1%eth0"]]) {
      expect(await outcome(post({ ...refused, url, resolve: async () => found }))).toBe("not_allowed");
    }
    expect(await outcome(post({ ...refused, url, resolve: async () => [] }))).toBe("no_address");
  });

  test("public addresses are allowed", () => {
    for (const text of ["8.8.8.8", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]) {
      const address = parseAddress(text);
      expect(address && isPublicAddress(address)).toBeTrue();
    }
    expect(findWebhookProblem("https://93.184.215.14/x")).toBeUndefined();
    expect(findWebhookProblem("https://hooks.example.org/x")).toBeUndefined();
  });
});

test("the name is looked up once, and the connection goes to the address that was checked", async () => {
  // Nothing but this answer leads there: the name does not exist.
  const answers = [["127.0.0.1"], ["127.0.0.9"]];
  let asked = 0;
  const resolve = async () => answers[asked++] ?? [];
  await post({ url: `http://hooks.nowhere.invalid:${hook.port}/`, resolve });
  expect(asked).toBe(1);
  expect(hook.hooks).toHaveLength(1);
  expect(hook.hooks[0]?.headers.get("host")).toBe(`hooks.nowhere.invalid:${hook.port}`);
});
