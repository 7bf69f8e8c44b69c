/** Admin passwords: 15 characters or more, any characters, not easy to guess, argon2id (NIST SP 800-63B). */
import type { Secret } from "../../../lib/secrets/secret.ts";
import { addOwnWords, createCommonWords, guessesOf, lengthWithoutRepeats, lengthWithoutWalks } from "./guessing.ts";

/** Shortest password, in characters. */
const passwordLengthMin = 15;
const passwordLengthMax = 1000;

/** As a power of ten: fewer guesses do not withstand a stolen database. */
const guessesMin = 10;
/** At least so many keys must not be next to the key before, on every keyboard. A random password of 15 characters has about 13. */
const stridesMin = 8;
/** zxcvbn looks at no more characters: some long passwords would take it seconds. */
const lookedAtMax = 64;

/** Says what is wrong with a new password, in a sentence for the person who chose it, or nothing. */
export async function findPasswordProblem(password: Secret, about: { email: string }): Promise<string | undefined> {
  const text = password.reveal().normalize("NFC");
  const length = [...text].length;
  if (length < passwordLengthMin) {
    return `Password must have ${passwordLengthMin} characters or more.`;
  }
  if (length > passwordLengthMax) {
    return `Password must have ${passwordLengthMax} characters or fewer.`;
  }
  const parts = about.email.split("@").flatMap((part) => [part, ...part.split(/[^\p{L}\p{N}]/u)]);
  if (await isEasyToGuess(text, [about.email, ...parts, "civikey", "civiform"])) {
    return "Password is too easy to guess: it repeats itself, follows the keyboard, or is made of common passwords, your e-mail address or the name of this product. Use other words.";
  }
  return undefined;
}

/** The lists are large, and needed only when a password is set: then they are read, once. */
async function readLists() {
  const [{ ZxcvbnFactory }, { dictionary, adjacencyGraphs }] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
  ]);
  return {
    checker: new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, maxLength: lookedAtMax }),
    keyboards: Object.values(adjacencyGraphs),
    commonWords: createCommonWords(dictionary["passwords-common"].map(String)),
  };
}

let lists: ReturnType<typeof readLists> | undefined;

async function isEasyToGuess(text: string, ownWords: string[]): Promise<boolean> {
  lists ??= readLists();
  const { checker, keyboards, commonWords } = await lists;
  if (checker.check(text, ownWords).guessesLog10 < guessesMin) return true;
  if (lengthWithoutRepeats(text) < passwordLengthMin) return true;
  if (keyboards.some((keyboard) => lengthWithoutWalks(text, keyboard) < stridesMin)) return true;
  return guessesOf(text, addOwnWords(commonWords, ownWords)) < guessesMin;
}

/** Hashes a password with argon2id and a fresh salt. */
export function hashPassword(password: Secret): Promise<string> {
  return Bun.password.hash(normalize(password), { algorithm: "argon2id" });
}

let decoy: Promise<string> | undefined;

/**
 * Tells whether a password is the hashed one. Without a hash (no such account) it does the same work
 * and says no, so that the answer's time does not tell whether the account exists.
 */
export async function verifyPassword(password: Secret, hash: string | undefined): Promise<boolean> {
  decoy ??= Bun.password.hash(crypto.randomUUID(), { algorithm: "argon2id" });
  const isRight = await Bun.password.verify(normalize(password), hash ?? (await decoy));
  return isRight && hash !== undefined;
}

/** One spelling of one password: NFC, cut where no honest one is longer. Never empty, which Bun refuses. */
function normalize(password: Secret): string {
  return (
    password
      .reveal()
      .normalize("NFC")
      .slice(0, passwordLengthMax * 4) || "\0"
  );
}
