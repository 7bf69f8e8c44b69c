/** Reads markup as a parser does, so that tests look at elements and not at text. */

/** One element with its attributes, values decoded. */
export interface MarkupElement {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** All elements of a document or fragment, in order. */
export function readElements(html: string): MarkupElement[] {
  const elements: MarkupElement[] = [];
  const rewriter = new HTMLRewriter().on("*", {
    element({ tagName, attributes }) {
      const read = [...attributes].map(([name, value]) => [name, decode(value)] as const);
      elements.push({ tag: tagName, attributes: new Map(read) });
    },
  });
  rewriter.transform(html);
  return elements;
}

/** The first element with an id. Throws when there is none. */
export function elementById(html: string, id: string): MarkupElement {
  const found = readElements(html).find(({ attributes }) => attributes.get("id") === id);
  if (found === undefined) throw new Error(`There is no element #${id}.`);
  return found;
}

/** The text right inside the first element with an id; empty when there is none. */
export function textById(html: string, id: string): string {
  return new RegExp(`id="${id}"[^>]*>([^<]*)<`).exec(html)?.[1] ?? "";
}

/** The addresses of all links, in order. */
export function hrefsIn(html: string): string[] {
  return readElements(html).flatMap(({ attributes }) => attributes.get("href") ?? []);
}

/** The text that a reader sees, with one blank between words. */
export function readText(html: string): string {
  return decode(html.replace(/<[^>]*>/g, " "))
    .replace(/\s+/g, " ")
    .trim();
}

/** What the parser makes of the references that the views write. */
function decode(text: string): string {
  const characters: Readonly<Record<string, string>> = {
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&#34;": '"',
    "&#39;": "'",
    "&#x27;": "'",
    "&amp;": "&",
  };
  return text.replace(/&(?:lt|gt|quot|amp|#34|#39|#x27);/g, (reference) => characters[reference] ?? "");
}
