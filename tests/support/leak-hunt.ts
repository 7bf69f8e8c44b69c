/**
 * The hunt for leaks: every secret that tests issue is written down here, and so is everything that the
 * product says or stores; after the last test none of the first may be in the second.
 */

/** A secret where it should not be. */
export interface Leak {
  /** What leaked, never the text itself. */
  readonly secret: string;
  /** Where it was seen first. */
  readonly place: string;
}

/** A hunt; the whole run shares one, a test of the hunt has its own. */
export interface LeakHunt {
  /** Remembers a secret: a text that may be nowhere. Texts of less than 16 characters prove nothing. */
  expectNowhere(what: string, text: string): void;
  /** Keeps what was said or stored, and where. */
  search(place: string, text: string): void;
  /** Waits for an answer's text and keeps that; a stream is not held up for it. */
  searchAnswer(place: string, response: Response): void;
  /** What was found so far. */
  findLeaks(): Promise<Leak[]>;
  /** Starts again with the texts, which have been looked at; secrets stay secret. */
  forgetTexts(): void;
  readonly secretCount: number;
  readonly textCount: number;
}

/** Secrets are long words; texts are kept as the long words that are in them, each once. */
const longWord = /[A-Za-z0-9+/=_-]{16,}/g;
const wordsOnly = /^[A-Za-z0-9+/=_-]+$/;
const headLength = 16;

/** Starts a hunt. */
export function createLeakHunt(): LeakHunt {
  const secrets = new Map<string, string>();
  /** Secrets with blanks and such, looked for in texts as they come: they must be known before. */
  const phrases = new Map<string, string>();
  const words = new Map<string, string>();
  const leaks: Leak[] = [];
  const pending = new Set<Promise<void>>();
  let textCount = 0;

  function search(place: string, text: string): void {
    textCount += 1;
    for (const [phrase, what] of phrases) {
      if (text.includes(phrase)) leaks.push({ secret: what, place });
    }
    // Most texts with a percent sign have none that stands for another character.
    for (const variant of new Set([text, decodeLoosely(text)])) {
      for (const word of variant.match(longWord) ?? []) {
        if (!words.has(word)) words.set(word, place);
      }
    }
  }

  return {
    expectNowhere(what, text) {
      if (text.length < headLength) throw new Error(`${what} is too short to hunt for`);
      (wordsOnly.test(text) ? secrets : phrases).set(text, what);
    },
    search,
    searchAnswer(place, response) {
      const reading = response.clone().text();
      const done = reading.then((text) => search(place, text)).catch(() => {});
      pending.add(done);
      void done.then(() => pending.delete(done));
    },
    async findLeaks() {
      await Promise.all(pending);
      return [...leaks, ...findIn(words, secrets)];
    },
    forgetTexts() {
      words.clear();
      leaks.length = 0;
    },
    get secretCount() {
      return secrets.size + phrases.size;
    },
    get textCount() {
      return textCount;
    },
  };
}

function findIn(words: ReadonlyMap<string, string>, secrets: ReadonlyMap<string, string>): Leak[] {
  const byHead = Map.groupBy(secrets, ([text]) => text.slice(0, headLength));
  const found = new Map<string, Leak>();
  for (const [word, place] of words) {
    for (let start = 0; start + headLength <= word.length; start += 1) {
      const candidates = byHead.get(word.slice(start, start + headLength)) ?? [];
      for (const [text, what] of candidates) {
        if (word.startsWith(text, start)) found.set(`${what} ${place}`, { secret: what, place });
      }
    }
  }
  return [...found.values()];
}

function decodeLoosely(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
}

/** The hunt of this run. */
export const leakHunt = createLeakHunt();
