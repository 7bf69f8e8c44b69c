/** Keeps texts that anyone may ask for and that take long to write, such as the documentation of a large program. */

/** For all texts together. The page of a program with 5,000 questions has 3 million characters. */
const charactersKeptMax = 32_000_000;
const kept = new Map<string, string>();
let charactersKept = 0;

/**
 * The text that `write` makes from a source: written when the source is new, otherwise the one from last
 * time. The source must hold everything that the text depends on, as JSON. When there are too many texts,
 * the least recently used are forgotten.
 */
export function writeOnce(source: { readonly kind: string }, write: () => string): string {
  const digest = new Bun.CryptoHasher("sha256").update(JSON.stringify(source)).digest("base64");
  const text = kept.get(digest) ?? write();
  forget(digest);
  kept.set(digest, text);
  charactersKept += text.length;
  for (const oldest of kept.keys()) {
    if (charactersKept <= charactersKeptMax) break;
    forget(oldest);
  }
  return text;
}

function forget(digest: string): void {
  charactersKept -= kept.get(digest)?.length ?? 0;
  kept.delete(digest);
}
