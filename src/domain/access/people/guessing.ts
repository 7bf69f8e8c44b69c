/** How easily a password is guessed from common passwords and from words that say who uses it, and where. */

/** Phrases that everybody knows, by their letters. Their words alone would be hard to guess. */
const famousPhrases: readonly string[] = [
  "correcthorsebatterystaple",
  "thequickbrownfoxjumpsoverthelazydog",
  "maytheforcebewithyou",
  "tobeornottobethatisthequestion",
  "loremipsumdolorsitamet",
  "abcdefghijklmnopqrstuvwxyz",
];

const commonLengthMin = 4;
const ownLengthMin = 3;
/** Of the beginning of a phrase by which everybody knows it. */
const phraseLengthMin = 12;
const wordLengthMax = 40;

/** What letters are often written as. */
const replacedLetters: Readonly<Record<string, string>> = {
  "@": "a",
  $: "s",
  "!": "i",
  "0": "o",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
};

/** Words, by how many others are guessed before them (as a power of ten). */
type KnownWords = ReadonlyMap<string, number>;

/** The words that everybody guesses with: common passwords, the commonest first, years and famous phrases. */
export function createCommonWords(common: readonly string[]): KnownWords {
  const words = new Map<string, number>();
  common.forEach((text, index) => {
    const word = lettersOf(text);
    if (word.length >= commonLengthMin && !words.has(word)) words.set(word, Math.log10(index + 1));
  });
  for (let year = 1950; year < 2050; year += 1) words.set(String(year), 2);
  for (const phrase of famousPhrases) {
    for (let end = phraseLengthMin; end <= phrase.length; end += 1) words.set(phrase.slice(0, end), 0);
  }
  return words;
}

/** The same with words about the person and the product, which are guessed before all others. */
export function addOwnWords(common: KnownWords, own: readonly string[]): KnownWords {
  const words = new Map(common);
  for (const word of own.map(lettersOf)) {
    if (word.length >= ownLengthMin) words.set(word, 0);
  }
  return words;
}

/**
 * How many guesses a password takes, as a power of ten, when somebody tries known words one after the other.
 * Punctuation, case, accents, other forms of a letter, repetition, digits for letters and reading it backwards
 * make it no harder, nor do letters of other alphabets amid Latin ones.
 */
export function guessesOf(password: string, words: KnownWords): number {
  const text = foldLetters(password);
  const spelled = [...text].map((letter) => replacedLetters[letter] ?? letter).join("");
  const readings = [text, spelled.replaceAll("1", "i"), spelled.replaceAll("1", "l")];
  const letters = readings.map((each) => withoutRepeats(lettersOf(each)));
  const backwards = letters.map((each) => [...each].reverse().join(""));
  return Math.min(...[...letters, ...backwards].map((each) => costOf(each, words)));
}

/** How many letters a password has when what is repeated counts once. */
export function lengthWithoutRepeats(password: string): number {
  return [...withoutRepeats(foldLetters(password))].length;
}

/** For each key of a keyboard the keys around it, each with what it types with and without Shift. */
export type Keyboard = Readonly<Record<string, readonly (string | null)[]>>;

/** How many keys a password has when a key next to the one before, as in "qwer" or "zaq1", doesn't count. */
export function lengthWithoutWalks(password: string, keyboard: Keyboard): number {
  const keys = [...password.toLowerCase()];
  const isStep = (from: string | undefined, to: string) =>
    from !== undefined && (from === to || keyboard[from]?.some((near) => near?.includes(to)) === true);
  return keys.filter((key, index) => !isStep(keys[index - 1], key)).length;
}

/** The cheapest way to put a text together from known words, and letters and digits one by one. */
function costOf(text: string, words: KnownWords): number {
  const costs = [0];
  for (let end = 1; end <= text.length; end += 1) {
    const letter = text.charAt(end - 1);
    let cost = (costs[end - 1] ?? 0) + (/\d/.test(letter) ? 1 : Math.log10(26));
    for (let start = Math.max(0, end - wordLengthMax); start <= end - ownLengthMin; start += 1) {
      const word = words.get(text.slice(start, end));
      if (word !== undefined) cost = Math.min(cost, (costs[start] ?? 0) + word);
    }
    costs.push(cost);
  }
  return costs[text.length] ?? 0;
}

/** Letters of other alphabets within a Latin word: they stand for letters that look like them. */
const lookAlikes =
  /(?<=\p{Script=Latin})[\p{Script=Cyrillic}\p{Script=Greek}]+|[\p{Script=Cyrillic}\p{Script=Greek}]+(?=\p{Script=Latin})/gu;

/** Plain lower-case letters for every form of them (full width, bold, long s), without accents and look-alikes. */
function foldLetters(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").replace(lookAlikes, "").toLowerCase();
}

function lettersOf(text: string): string {
  return foldLetters(text).replace(/[^\p{L}\p{N}]/gu, "");
}

function withoutRepeats(text: string): string {
  return text.replace(/(.{3,}?)\1+/gu, "$1");
}
