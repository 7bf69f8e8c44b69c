import { describe, expect, test } from "bun:test";
import { createAppSecret, findStep } from "../../../../../src/domain/access/people/factors/totp.ts";
import { Secret } from "../../../../../src/lib/secrets/secret.ts";
import { noon } from "../../../../support/app.ts";

/** "12345678901234567890" in base32, and the codes of RFC 6238, appendix B, of which apps show the last six digits. */
const secret = new Secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
const vectors = [
  [59, "94287082"],
  [1111111109, "07081804"],
  [1111111111, "14050471"],
  [1234567890, "89005924"],
  [2000000000, "69279037"],
  [20000000000, "65353130"],
] as const;
const at = (seconds: number) => new Date(seconds * 1000);

describe("codes of authenticator apps", () => {
  test.each(vectors)("are those of RFC 6238 at %i seconds", async (seconds, code) => {
    expect(await findStep(secret, code.slice(2), at(seconds))).toBe(Math.floor(seconds / 30));
  });

  test.each([
    ["the present step", 0, true],
    ["a clock that is 30 seconds ahead", -30, true],
    ["a clock that is 30 seconds behind", 30, true],
    ["a minute ago", 60, false],
    ["a minute ahead", -60, false],
  ])("count for %s: %i seconds", async (_, later, counts) => {
    const step = await findStep(secret, "005924", at(1234567890 + later));
    expect(step).toBe(counts ? 41152263 : undefined);
  });

  test("may have blanks, and nothing else that is no digit", async () => {
    expect(await findStep(secret, " 005 924 ", at(1234567890))).toBeDefined();
    for (const code of ["", "5924", "0005924", "00592x", "٠٠٥٩٢٤", "-05924", "005924\0"]) {
      expect(await findStep(secret, code, at(1234567890))).toBeUndefined();
    }
  });

  const oathtool = Bun.which("oathtool");
  if (oathtool === null) console.log("There is no oathtool here: the test that needs it is skipped.");
  test.skipIf(oathtool === null)("are those of oathtool", async () => {
    for (let index = 0; index < 5; index += 1) {
      const own = await createAppSecret();
      const now = new Date(noon.getTime() + index * 12_345_678);
      const { stdout } = Bun.spawnSync([
        ...["oathtool", "--totp", "--base32", `--now=@${Math.floor(now.getTime() / 1000)}`],
        own.reveal(),
      ]);
      expect(await findStep(own, stdout.toString().trim(), now)).toBe(Math.floor(now.getTime() / 30_000));
    }
  });
});
