import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type ClientAddressPolicy, resolveClientAddress } from "../../../src/lib/net/client-address.ts";
import { parseSubnet } from "../../../src/lib/net/subnets.ts";
import { anyText } from "../../support/any-text.ts";

const PROXY = "10.0.0.1";
const CLIENT = "203.0.113.7";
const direct: ClientAddressPolicy = { kind: "direct" };
const oneHop: ClientAddressPolicy = { kind: "forwarded", trustedHops: 1 };
const twoHops: ClientAddressPolicy = { kind: "forwarded", trustedHops: 2 };
const through: ClientAddressPolicy = {
  kind: "forwarded-through",
  trusted: ["10.0.0.0/8", "2001:db8::/32"].flatMap((text) => parseSubnet(text) ?? []),
};

type Row = [peer: string | undefined, forwardedFor: string | null, expected: string | undefined];

describe("direct", () => {
  test.each<Row>([
    [CLIENT, null, CLIENT],
    [CLIENT, "198.51.100.1", CLIENT],
    [`::ffff:${CLIENT}`, null, CLIENT],
    ["2001:DB8::1", null, "2001:db8::1"],
    ["fe80::1%eth0", null, undefined],
    ["", null, undefined],
    [undefined, CLIENT, undefined],
  ])("is the socket peer, whatever the header says: peer %p, header %p", (peer, forwardedFor, expected) => {
    expectAddress(direct, peer, forwardedFor, expected);
  });
});

describe("forwarded, one trusted hop", () => {
  test.each<Row>([
    [PROXY, CLIENT, CLIENT],
    [undefined, CLIENT, CLIENT],
    [PROXY, `198.51.100.1, ${CLIENT}`, CLIENT],
    [PROXY, `198.51.100.1,,\t${CLIENT} ,, `, CLIENT],
    [PROXY, `rubbish, ${CLIENT}`, CLIENT],
    [PROXY, `${CLIENT}, rubbish`, undefined],
    [PROXY, `${CLIENT}:4711`, CLIENT],
    [PROXY, "[2001:db8::1]:443", "2001:db8::1"],
    [PROXY, "[2001:DB8::1]", "2001:db8::1"],
    [PROXY, `[${CLIENT}]:4711`, undefined],
    [PROXY, `${CLIENT}:`, undefined],
    [PROXY, `${CLIENT}:port`, undefined],
    [PROXY, "[2001:db8::1", undefined],
    [PROXY, "2001:db8::1]:443", undefined],
    [PROXY, "[[2001:db8::1]]", undefined],
    [PROXY, `for=${CLIENT}`, undefined],
    [PROXY, "", undefined],
    [PROXY, " , ,", undefined],
    [PROXY, null, undefined],
  ])("is the last hop: peer %p, header %p", (peer, forwardedFor, expected) => {
    expectAddress(oneHop, peer, forwardedFor, expected);
  });
});

describe("forwarded, two trusted hops", () => {
  test.each<Row>([
    [PROXY, `${CLIENT}, 10.9.9.9`, CLIENT],
    [PROXY, `198.51.100.1, ${CLIENT}, 10.9.9.9`, CLIENT],
    [PROXY, CLIENT, undefined],
    [PROXY, null, undefined],
  ])("is the last but one, and nothing when there are too few: peer %p, header %p", (peer, forwardedFor, expected) => {
    expectAddress(twoHops, peer, forwardedFor, expected);
  });

  test.each([0, -1, 1.5, Number.NaN])("is nobody when %p hops are trusted", (trustedHops) => {
    expectAddress({ kind: "forwarded", trustedHops }, PROXY, `${CLIENT}, ${PROXY}`, undefined);
  });
});

describe("forwarded through trusted proxies", () => {
  test.each<Row>([
    [PROXY, CLIENT, CLIENT],
    [PROXY, `${CLIENT}, 10.2.2.2, 10.3.3.3`, CLIENT],
    [PROXY, `10.2.2.2, ${CLIENT}, 2001:db8::2`, CLIENT],
    [`::ffff:${PROXY}`, CLIENT, CLIENT],
  ])("is the first hop from the right that is not ours: peer %p, header %p", (peer, forwardedFor, expected) => {
    expectAddress(through, peer, forwardedFor, expected);
  });

  test.each<Row>([
    [CLIENT, "10.2.2.2", CLIENT],
    [CLIENT, "198.51.100.1", CLIENT],
    [CLIENT, null, CLIENT],
    ["rubbish", CLIENT, undefined],
    [undefined, CLIENT, undefined],
  ])("judges an untrusted peer by its own address: peer %p, header %p", (peer, forwardedFor, expected) => {
    expectAddress(through, peer, forwardedFor, expected);
  });

  test("is the leftmost hop when all are ours", () => {
    expectAddress(through, PROXY, "10.2.2.2, 10.3.3.3", "10.2.2.2");
  });

  test.each<Row>([
    [PROXY, `${CLIENT}, unknown`, undefined],
    [PROXY, `${CLIENT}, unknown, 10.2.2.2`, undefined],
    [PROXY, "unknown, 10.2.2.2", undefined],
    [PROXY, null, undefined],
    [PROXY, ",", undefined],
  ])("is nobody when a hop on the way is unreadable, or missing: header %p %p", (peer, forwardedFor, expected) => {
    expectAddress(through, peer, forwardedFor, expected);
  });

  test("does not look at hops beyond the one that counts", () => {
    expectAddress(through, PROXY, `unknown, ${CLIENT}, 10.2.2.2`, CLIENT);
  });
});

describe("under attack", () => {
  test.each([
    ["one hop", oneHop, CLIENT],
    ["two hops", twoHops, `${CLIENT}, 10.2.2.2`],
    ["trusted proxies", through, `${CLIENT}, 10.2.2.2`],
  ] as const)("nothing that a client sends ahead changes the answer (%s)", (_, policy, honest) => {
    fc.assert(
      fc.property(attackerHeader(), (sent) => {
        const claims = { peer: PROXY, forwardedFor: () => `${sent}, ${honest}` };
        expect(resolveClientAddress(policy, claims)?.text).toBe(CLIENT);
      }),
    );
  });

  test("no header and no peer make it throw", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(direct, oneHop, twoHops, through),
        fc.oneof(fc.constantFrom(PROXY, CLIENT, undefined), anyText()),
        fc.oneof(fc.constant(null), attackerHeader(), anyText()),
        (policy, peer, forwardedFor) => {
          resolveClientAddress(policy, { peer, forwardedFor: () => forwardedFor });
        },
      ),
    );
  });
});

function expectAddress(policy: ClientAddressPolicy, ...[peer, forwardedFor, expected]: Row) {
  expect(resolveClientAddress(policy, { peer, forwardedFor: () => forwardedFor })?.text).toBe(expected);
}

function attackerHeader() {
  const hop = fc.oneof(
    fc.constantFrom(PROXY, "127.0.0.1", "2001:db8::1", "unknown", "", " ", '"10.0.0.1"'),
    fc.ipV4(),
    fc.ipV6(),
    anyText(),
  );
  return fc.array(hop).map((hops) => hops.join(","));
}
