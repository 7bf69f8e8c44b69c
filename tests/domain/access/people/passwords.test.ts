import { describe, expect, test } from "bun:test";
import { adjacencyGraphs, dictionary } from "@zxcvbn-ts/language-common";
import fc from "fast-check";
import {
  addOwnWords,
  createCommonWords,
  guessesOf,
  type Keyboard,
  lengthWithoutWalks,
} from "../../../../src/domain/access/people/guessing.ts";
import { findPasswordProblem } from "../../../../src/domain/access/people/passwords.ts";
import { Secret } from "../../../../src/lib/secrets/secret.ts";

const email = "ada.lovelace@example.org";
const problemOf = (text: string) => findPasswordProblem(new Secret(text), { email });

describe("a password made of common passwords, the person's address or the product's name is refused", () => {
  for (const text of [
    "correcthorsebatterystaple",
    "Correct Horse Battery Staple!",
    "monkeydragonmaster1",
    "letmein-football-superman",
    "passwordletmeinqwertymonkey",
    "P@ssw0rdP@ssw0rdP@ssw0rd",
    "trustno1trustno1trustno1",
    "supermansupermansupermansuperman",
    "iloveyou-princess-2026",
    "Springfield2026!!",
    "qwertyuiopasdfgh",
    "aaaaaaaaaaaaaaaa",
    email.repeat(3),
    email.repeat(9),
    // Without a limit these take zxcvbn longer than a test may.
    email.repeat(41),
    "password1".repeat(110),
    "ada-lovelace-example-2026",
    "Lovelace.Example.Lovelace",
    "CiviKeyCiviKeyCiviKey",
    "civikey-civiform-admin",
    "civikey2026admin2026",
    "C1v1K3y-C1v1F0rm-2026",
    "ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ１",
    "𝐩𝐚𝐬𝐬𝐰𝐨𝐫𝐝𝐩𝐚𝐬𝐬𝐰𝐨𝐫𝐝",
    "pässwördpässwörd1",
    "paſſwordpaſſword1",
    "yekivicyekivicyek",
    "yekivic-mrofivic",
    "elpmaxe.ada@ecalevol",
    "applicationsapplications",
    "tractor tractor tractor ",
    "correcthorsebattery",
    "The quick brown fox",
    "May the force be with",
    "lorem ipsum dolor",
    "1q2w3e4r5t6y7u8i",
    "asdfghjkl;'zxcvbnm,./",
    "azertyuiopqsdfghjklm",
    "zaq1xsw2cde3vfr4bgt5",
    "qweasdzxcrtyfghvbn",
    "Poiuyt-Lkjhgf-Mnbvcx",
    "rfvtgbyhnujmik,ol.",
    "рaѕѕwоrdрaѕѕwоrd",
    "παssωοrdπαssωοrd",
    "сivikеy-сivikеy-аdа",
  ]) {
    test(`as ${text} is`, async () => {
      expect(await problemOf(text)).toStartWith("Password is too easy to guess");
    });
  }

  test("or walks around a keyboard, wherever the walk begins and turns", () => {
    const keyboards = fc.constantFrom<Keyboard>(...Object.values(adjacencyGraphs));
    fc.assert(
      fc.property(keyboards, fc.array(fc.nat(), { minLength: 15 }), (keyboard, turns) => {
        const keys = Object.keys(keyboard).filter((key) => key.toLowerCase() === key);
        const walk = turns.reduce((path, turn) => {
          const near = keyboard[path.slice(-1)]?.flatMap((key) => key?.charAt(0) ?? []) ?? keys;
          return path + near[turn % near.length];
        }, "");
        expect(lengthWithoutWalks(walk, keyboard)).toBe(1);
      }),
    );
  });

  test("in whatever order and with whatever separators", () => {
    const own = ["civikey", "ada", "lovelace", email];
    const words = addOwnWords(createCommonWords(dictionary["passwords-common"].map(String)), own);
    const parts = fc.constantFrom("password", "Dragon", "monkey", "sunshine", ...own);
    const separator = fc.constantFrom("", " ", "-", "_", ".");
    fc.assert(
      fc.property(fc.array(parts, { minLength: 1, maxLength: 6 }), separator, (chosen, between) => {
        expect(guessesOf(chosen.join(between), words)).toBeLessThan(10);
      }),
    );
  });
});

describe("a password that others would not guess is accepted", () => {
  for (const text of [
    "a quiet walk by the river",
    "tulip anchor mosaic river 42",
    "plum-tractor-velvet-oboe",
    "7Kq$vT2#mZp9!xWd",
    "Zwölf Boxkämpfer jagen Viktor",
    "静かな川のほとりを歩くのが好きです",
    "seventeen jars of pickled beets",
    "Privet! Как дела сегодня?",
    "тихая прогулка у реки",
  ]) {
    test(`as ${text} is`, async () => {
      expect(await problemOf(text)).toBeUndefined();
    });
  }
});

test("the length is counted as the password is stored, accents composed", async () => {
  const decomposed = "é".normalize("NFD");
  expect(await problemOf(`${decomposed.repeat(7)}1qw7x`)).toBe("Password must have 15 characters or more.");
});
