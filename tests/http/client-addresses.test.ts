import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import fc from "fast-check";
import type { ClientAddressPolicy } from "../../src/lib/net/client-address.ts";
import { parseSubnet, type Subnet } from "../../src/lib/net/subnets.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { makeKey, makeProgram } from "../support/factories.ts";
import { type ListeningApp, startListeningApp } from "../support/listening.ts";
import { requestOf, sendRaw } from "../support/raw-http.ts";

let home: TestApp;
let tokens: Record<"ipv4Loopback" | "ipv6Loopback" | "client", string>;
const checkAuth = "/api/v1/checkAuth";
/** Some containers have none. */
const hasIPv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
);

beforeAll(async () => {
  home = await startTestApp();
  await makeProgram(home);
  const tokenFor = async (subnet: string) => (await makeKey(home, { subnet })).token;
  tokens = {
    ipv4Loopback: await tokenFor("127.0.0.0/8"),
    ipv6Loopback: await tokenFor("::1/128"),
    client: await tokenFor("203.0.113.0/24, 2001:db8::/32"),
  };
});
afterAll(() => home.close());

async function listen(hostname: string, policy: ClientAddressPolicy): Promise<ListeningApp> {
  const { database } = home;
  return startListeningApp({ hostname, clientAddressPolicy: policy, database });
}
async function statusOf(
  { port }: ListeningApp,
  token: string,
  { host = "127.0.0.1", lines = [] }: { host?: string; lines?: readonly string[] } = {},
): Promise<number> {
  const headers = [`Authorization: Basic ${token}`, ...lines];
  return (await sendRaw({ host, port }, requestOf(checkAuth, headers))).status;
}
const direct: ClientAddressPolicy = { kind: "direct" };

describe("the client address of a real socket", () => {
  test("is its IPv4 address on an IPv4 listener, whatever any header says", async () => {
    const app = await listen("127.0.0.1", direct);
    const lies = ["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP"].map(
      (name) => `${name}: ${name === "Forwarded" ? "for=" : ""}203.0.113.7`,
    );
    expect(await statusOf(app, tokens.ipv4Loopback, { lines: lies })).toBe(200);
    expect(await statusOf(app, tokens.client, { lines: lies })).toBe(401);
    await app.close();
  });

  test.skipIf(!hasIPv6)("is its IPv4 address on a dual-stack listener too, where it arrives IPv4-mapped", async () => {
    const app = await listen("::", direct);
    expect(await statusOf(app, tokens.ipv4Loopback)).toBe(200);
    expect(await statusOf(app, tokens.ipv6Loopback)).toBe(401);
    await app.close();
  });

  test.skipIf(!hasIPv6)(
    "is its IPv6 address on an IPv6 or dual-stack listener, and no IPv4 subnet admits it",
    async () => {
      for (const hostname of ["::", "::1"]) {
        const app = await listen(hostname, direct);
        expect(await statusOf(app, tokens.ipv6Loopback, { host: "::1" })).toBe(200);
        expect(await statusOf(app, tokens.ipv4Loopback, { host: "::1" })).toBe(401);
        await app.close();
      }
    },
  );
});

const subnets = (...texts: string[]): Subnet[] => texts.flatMap((text) => parseSubnet(text) ?? []);
const xff = (...values: string[]) => values.map((value) => `X-Forwarded-For: ${value}`);

/** What a client may send (`lines`), as it arrives after our proxies appended to it. */
const forwardings: Record<string, { policy: ClientAddressPolicy; cases: [string[], number][] }> = {
  "behind one proxy": {
    policy: { kind: "forwarded", trustedHops: 1 },
    cases: [
      [xff("203.0.113.7"), 200],
      [xff("198.51.100.7, 203.0.113.7"), 200],
      [xff("198.51.100.7", "203.0.113.7"), 200],
      [xff("  ,, 203.0.113.7 ,"), 200],
      [xff("::ffff:203.0.113.7"), 200],
      [xff("2001:DB8:0:0::1"), 200],
      [xff("203.0.113.7, 198.51.100.7"), 401],
      [xff("203.0.113.7", "198.51.100.7"), 401],
      [xff("203.0.113.7, unknown"), 401],
      [xff("203.0.113.7:4711"), 200],
      [xff("[2001:db8::1]:443"), 200],
      [xff("[2001:db8::1]"), 200],
      [xff("0203.0.113.7"), 401],
      [xff("203.0.113.7%eth0"), 401],
      [xff(`${"203.0.113.7, ".repeat(500)}x`), 401],
      [xff("\xe9"), 401],
      [xff(""), 401],
      [[], 401],
      [["Forwarded: for=203.0.113.7", "X-Real-IP: 203.0.113.7"], 401],
    ],
  },
  "behind two proxies": {
    policy: { kind: "forwarded", trustedHops: 2 },
    cases: [
      [xff("203.0.113.7, 10.0.0.1"), 200],
      [xff("198.51.100.7, 203.0.113.7, 10.0.0.1"), 200],
      [xff("203.0.113.7", "10.0.0.1"), 200],
      [xff("203.0.113.7, 198.51.100.7, 10.0.0.1"), 401],
      [xff("203.0.113.7"), 401],
      [xff("203.0.113.7,"), 401],
      [[], 401],
    ],
  },
  "behind proxies that are known by their addresses": {
    policy: { kind: "forwarded-through", trusted: subnets("127.0.0.0/8", "10.0.0.0/8") },
    cases: [
      [xff("203.0.113.7"), 200],
      [xff("203.0.113.7, 10.0.0.1, 10.0.0.2"), 200],
      [xff("198.51.100.7, 203.0.113.7, 10.0.0.1"), 200],
      [xff("203.0.113.7, 198.51.100.7"), 401],
      [xff("203.0.113.7, 198.51.100.7, 10.0.0.1"), 401],
      [xff("203.0.113.7, nonsense, 10.0.0.1"), 401],
      [xff("10.0.0.1"), 401],
      [[], 401],
    ],
  },
  "in front of a peer that is no proxy of ours": {
    policy: { kind: "forwarded-through", trusted: subnets("10.0.0.0/8") },
    cases: [
      [xff("203.0.113.7"), 401],
      [xff("203.0.113.7, 10.0.0.1"), 401],
    ],
  },
};

describe("X-Forwarded-For", () => {
  for (const [name, { policy, cases }] of Object.entries(forwardings)) {
    test(`${name}: one address counts, and nothing a client puts in front of it`, async () => {
      const app = await listen("127.0.0.1", policy);
      for (const [lines, expected] of cases) {
        const status = await statusOf(app, tokens.client, { lines });
        expect(`${lines} ${status}`).toBe(`${lines} ${expected}`);
      }
      await app.close();
    });
  }

  test("of any text from any peer gives 200 or 401, and 200 only from inside the subnet", async () => {
    const hop = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.constantFrom("203.0.113.7", "10.0.0.1", "unknown", "", "::ffff:203.0.113.7"),
      fc.string({
        unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
      }),
    );
    const { database } = home;
    for (const { policy } of Object.values(forwardings)) {
      const app = await startTestApp({ clientAddressPolicy: policy, database });
      await fc.assert(
        fc.asyncProperty(fc.option(hop, { nil: undefined }), fc.array(hop, { maxLength: 5 }), async (peer, hops) => {
          app.peer = peer;
          const headers = { "x-forwarded-for": hops.join(", ").trim() };
          const { status } = await app.call(checkAuth, tokens.client, { headers });
          expect([200, 401]).toContain(status);
          const isInside = hops.some((text) => /203\.0\.113\.|2001:0?db8:/i.test(text));
          if (status === 200) expect(isInside || /203\.0\.113\./.test(peer ?? "")).toBeTrue();
        }),
        { numRuns: 60 },
      );
      await app.close();
    }
  });
});
