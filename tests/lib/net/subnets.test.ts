import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { IPv6 } from "ip-num";
import {
  blockOf,
  coversMoreThanHalf,
  isInside,
  isWithin,
  networkOf,
  parseAddress,
  parseSubnet,
  splitSubnetList,
} from "../../../src/lib/net/subnets.ts";
import vectors from "../../fixtures/vectors/subnets.json";
import { anyText } from "../../support/any-text.ts";

type Family = 4 | 6;

describe("parseSubnet", () => {
  test.each(vectors.parse)("gives the expected network, or none: %j", (vector) => {
    const subnet = parseSubnet(vector.input);
    expect(subnet?.text).toBe(vector.network);
    expect(subnet && String(subnet.last - subnet.first + 1n)).toBe(vector.addresses);
  });

  test.each([
    "+10.0.0.0/8",
    "10.0.0.0/8,10.1.0.0/16",
    "10.0.0.0\\8",
    "10.0.0.0/1e1",
    "10.0.0.0/+8",
    "/8",
    "10.0.0.0/٨",
    "::/00",
    "::/1000",
    "::ffff:10.0.0.0/129",
    "::ffff:010.0.0.1/128",
    "1:2:3:4:5:6:7:8::/64",
    "1:2:3:4:5:6:7:1.2.3.4/64",
    "1.2.3.4::/64",
    "::1.2.3.4:5/64",
    ":1::/64",
    "1::2:/64",
  ])("refuses %j", (text) => {
    expect(parseSubnet(text)).toBeUndefined();
  });

  test("leaves a network IPv6 that reaches beyond the IPv4-mapped range", () => {
    expect(parseSubnet("::ffff:0:0/95")).toMatchObject({ family: 6, text: "::fffe:0:0/95" });
  });

  test.each([
    ["1:0:0:2:3:0:0:4", "1::2:3:0:0:4"],
    ["10:0:0:1:0:0:0:2", "10:0:0:1::2"],
    ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
    ["0:0:1:0:0:0:0:0", "0:0:1::"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["2001:0DB8:00a0::0", "2001:db8:a0::"],
  ])("writes %s as RFC 5952 wants it, %s", (input, canonical) => {
    expect(parseSubnet(`${input}/128`)?.text).toBe(`${canonical}/128`);
  });

  test("reads the canonical text of any network as that same network", () => {
    fc.assert(
      fc.property(anyNetwork(), ({ text }) => {
        const subnet = parseKnownSubnet(text);
        expect(parseSubnet(subnet.text)).toEqual(subnet);
      }),
    );
  });

  test("clears the host bits as plain arithmetic does", () => {
    fc.assert(
      fc.property(anyNetwork(), ({ text, family, value, prefixLength }) => {
        const size = 2n ** BigInt(bitsOf(family) - prefixLength);
        const first = (value / size) * size;
        const last = first + size - 1n;
        expect(parseSubnet(text)).toMatchObject({ family, first, last, prefixLength });
      }),
    );
  });

  test("throws on no text whatsoever", () => {
    fc.assert(
      fc.property(nearlyIpText(), (text) => {
        parseSubnet(text);
        parseSubnet(`${text}/24`);
      }),
      { numRuns: 500 },
    );
  });
});

describe("parseAddress", () => {
  test.each([
    "10.0.0.1/32",
    "10.0.0.1:80",
    "10.0.0.1\n",
    "[::1]",
    "[::1]:80",
    "fe80::1%eth0",
    "::ffff:1.2.3",
    "1.2.3.٤",
    ":",
    ":::",
    "::1::",
    "1".repeat(100_000),
    ":".repeat(100_000),
  ])("refuses %j", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test.each([
    ["::ffff:10.1.2.3", "10.1.2.3"],
    ["::FFFF:a01:203", "10.1.2.3"],
    ["0:0:0:0:0:ffff:10.1.2.3", "10.1.2.3"],
    ["::10.1.2.3", "::a01:203"],
    ["64:ff9b::10.1.2.3", "64:ff9b::a01:203"],
  ])("folds IPv4-mapped addresses to IPv4 and no others: %s is %s", (input, canonical) => {
    expect(parseAddress(input)?.text).toBe(canonical);
  });

  test("reads the canonical text of any address as that same address", () => {
    fc.assert(
      fc.property(anyNetwork(), ({ family, value }) => {
        const address = parseKnownAddress(spell(family, value));
        expect(address).toMatchObject({ family, value });
        expect(parseAddress(address.text)).toEqual(address);
      }),
    );
  });

  test("reads IPv6 as ip-num does", () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const value = IPv6.fromString(text).value;
        fc.pre(value >> 32n !== 0xffffn);
        expect(parseAddress(text)?.value).toBe(value);
      }),
      { numRuns: 500 },
    );
  });

  test("throws on no text whatsoever, and what it reads, it writes in ASCII", () => {
    fc.assert(
      fc.property(nearlyIpText(), (text) => {
        expect(parseAddress(text)?.text ?? "").toMatch(/^[0-9a-f.:]*$/);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("isInside", () => {
  test("gives the expected verdict in every vector", () => {
    const wrong = vectors.membership.filter(({ subnets, ip, allowed }) => {
      const address = parseAddress(ip);
      const verdict = address !== undefined && isInside(address, subnets.map(parseKnownSubnet));
      return verdict !== allowed;
    });
    expect(wrong).toEqual([]);
  });

  test("admits nobody without subnets", () => {
    expect(isInside(parseKnownAddress("10.0.0.1"), [])).toBe(false);
  });

  test("never lets one family match the other", () => {
    const [everyIPv4, everyIPv6] = [parseKnownSubnet("0.0.0.0/0"), parseKnownSubnet("::/0")];
    expect(isInside(parseKnownAddress("::a00:1"), [everyIPv4])).toBe(false);
    expect(isInside(parseKnownAddress("10.0.0.1"), [everyIPv6])).toBe(false);
    expect(isInside(parseKnownAddress("::ffff:10.0.0.1"), [everyIPv6])).toBe(false);
  });

  test("agrees with comparing the leading bits", () => {
    fc.assert(
      fc.property(anyNetwork(), anyNetwork(), (network, { family, value }) => {
        const sameBits =
          network.family === family &&
          toBits(family, network.value).slice(0, network.prefixLength) ===
            toBits(family, value).slice(0, network.prefixLength);
        const address = parseKnownAddress(spell(family, value));
        expect(isInside(address, [parseKnownSubnet(network.text)])).toBe(sameBits);
      }),
      { numRuns: 500 },
    );
  });
});

describe("coverage", () => {
  test.each(vectors.coverage)("sees whether a union is more than half: %j", (vector) => {
    const subnets = vector.subnets.map(parseKnownSubnet);
    expect(coversMoreThanHalf(subnets)).toBe(vector.more_than_half);
    expect(coversMoreThanHalf(subnets.toReversed())).toBe(vector.more_than_half);
  });

  /** 256 blocks of one size, side by side; the routed ones of IPv6 are `2000::/3`. */
  test.each([
    ["IPv4", { family: 4, start: 0n, prefixLength: 8, routed: [] }],
    ["IPv6", { family: 6, start: 0n, prefixLength: 8, routed: [32, 64] }],
    ["2000::/3", { family: 6, start: 1n << 125n, prefixLength: 11, routed: [] }],
  ] as const)("sees more than half of %s, whatever it is cut into", (_name, cut) => {
    const size = 1n << BigInt(bitsOf(cut.family) - cut.prefixLength);
    const blocks = Array.from({ length: 256 }, (_, index) => {
      const first = spell(cut.family, cut.start + BigInt(index) * size);
      return { index, subnet: parseKnownSubnet(`${first}/${cut.prefixLength}`) };
    });
    const [from = 0, to = 0] = cut.routed;
    const some = fc.shuffledSubarray(blocks, { minLength: 120, maxLength: 136 });
    fc.assert(
      fc.property(some, (chosen) => {
        const routed = chosen.filter(({ index }) => from <= index && index < to);
        const expected = chosen.length > 128 || routed.length * 2 > to - from;
        const subnets = chosen.map(({ subnet }) => subnet);
        expect(coversMoreThanHalf([...subnets, ...subnets])).toBe(expected);
      }),
    );
  });

  test.each([
    ["10.0.0.0/8", ["10.0.0.0/8"], true],
    ["10.0.0.0/9", ["10.0.0.0/8"], true],
    ["10.0.0.0/8", ["10.0.0.0/9"], false],
    ["10.0.0.0/8", ["10.128.0.0/9", "10.0.0.0/9"], true],
    ["10.0.0.0/8", ["10.128.0.0/9", "10.0.0.0/10"], false],
    ["10.0.0.0/8", ["0.0.0.0/0"], true],
    ["10.0.0.0/8", ["::/0"], false],
    ["10.0.0.0/8", [], false],
    ["2001:db8::/32", ["2001:db8::/33", "2001:db8:8000::/33", "2001:db8::/48"], true],
    ["255.255.255.255/32", ["255.255.255.254/31"], true],
  ])("%s within %j is %p", (inner, outer, expected) => {
    expect(isWithin(parseKnownSubnet(inner), outer.map(parseKnownSubnet))).toBe(expected);
  });
});

describe("splitSubnetList", () => {
  test("splits at commas and line ends, and drops blanks and empty elements", () => {
    const typed = " 10.0.0.0/8 ,, 192.168.0.0/16\r\n\n\t::1/128\r,";
    expect(splitSubnetList(typed)).toEqual(["10.0.0.0/8", "192.168.0.0/16", "::1/128"]);
    expect(splitSubnetList(" \n, ")).toEqual([]);
  });

  test("leaves a blank inside an element, so that the element is refused", () => {
    expect(splitSubnetList("10.0.0.0/8 10.1.0.0/16")).toEqual(["10.0.0.0/8 10.1.0.0/16"]);
  });
});

describe("networkOf", () => {
  test.each([
    ["203.0.113.7", "203.0.113.7/32"],
    ["::ffff:203.0.113.7", "203.0.113.7/32"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["::1", "::/64"],
  ])("puts %s into %s", (address, network) => {
    expect(networkOf(parseKnownAddress(address))).toBe(network);
    expect(parseSubnet(network)?.text).toBe(network);
  });
});

describe("blockOf", () => {
  test.each([
    ["203.0.113.7", "203.0.113.0/24"],
    ["::ffff:203.0.113.7", "203.0.113.0/24"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"],
    ["::1", "::/48"],
  ])("puts %s into %s", (address, block) => {
    expect(blockOf(parseKnownAddress(address))).toBe(block);
  });
});

function parseKnownSubnet(text: string) {
  return parseSubnet(text) ?? expect.unreachable(`${text} is a subnet`);
}

function parseKnownAddress(text: string) {
  return parseAddress(text) ?? expect.unreachable(`${text} is an address`);
}

function bitsOf(family: Family): number {
  return family === 4 ? 32 : 128;
}

function toBits(family: Family, value: bigint): string {
  return value.toString(2).padStart(bitsOf(family), "0");
}

/** Spells an address in full, which is not how it is written canonically. */
function spell(family: Family, value: bigint): string {
  const [width, radix, separator] = family === 4 ? [8, 10, "."] : [16, 16, ":"];
  const groups = toBits(family, value).match(new RegExp(`.{${width}}`, "g")) ?? [];
  return groups.map((bits) => Number.parseInt(bits, 2).toString(radix)).join(separator);
}

/** Any network but the IPv4-mapped ones, often with long runs of equal bits. */
function anyNetwork() {
  return fc
    .constantFrom<Family>(4, 6)
    .chain((family) =>
      fc.record({
        family: fc.constant(family),
        value: fc.oneof(
          fc.bigInt(0n, 2n ** BigInt(bitsOf(family)) - 1n),
          fc.nat(bitsOf(family) - 1).map((shift) => 1n << BigInt(shift)),
          fc.nat(bitsOf(family)).map((shift) => (1n << BigInt(shift)) - 1n),
        ),
        prefixLength: fc.nat(bitsOf(family)),
      }),
    )
    .filter(({ family, value }) => family === 4 || value >> 32n !== 0xffffn)
    .map((network) => {
      const text = `${spell(network.family, network.value)}/${network.prefixLength}`;
      return { ...network, text };
    });
}

function nearlyIpText() {
  return fc.oneof(
    anyText(),
    fc.string({ unit: fc.constantFrom(..."0123456789abcdefF.:/%[] ") }),
    fc.ipV4Extended(),
    fc.ipV6(),
  );
}
