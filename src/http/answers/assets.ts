/** Serves what `assets/build` made from memory, so no path can lead to another file. */
import { readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { Elysia } from "elysia";
import { type AssetManifest, manifestName } from "../../assets/build.ts";
import { chooseEncoding } from "./negotiation.ts";

/** The built assets. */
export interface Assets {
  /** The address of an asset by its plain name (`app.css`). Throws when there is none. */
  href(name: string): string;
  /** The stored forms of a file by the name in its address. */
  find(fileName: string): AssetFile | undefined;
}

/** One file, in every encoding that it is stored in, the preferred one first. */
interface AssetFile {
  readonly type: string;
  readonly forms: ReadonlyMap<Encoding, Uint8Array<ArrayBuffer>>;
}

/** How a file is sent. */
type Encoding = keyof typeof extensions;

/** What follows the name of a file that is stored in an encoding. */
const extensions = { br: ".br", gzip: ".gz", identity: "" } as const;
const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** Reads a built folder into memory. Throws when nothing has been built there. */
export async function loadAssets(dir: string): Promise<Assets> {
  const manifest: AssetManifest = await Bun.file(join(dir, manifestName)).json();
  const names = new Set(await readdir(dir));
  const files = new Map<string, AssetFile>();
  for (const fileName of Object.values(manifest.files)) {
    files.set(fileName, await readForms(dir, fileName, names));
  }
  return {
    href(name) {
      const fileName = manifest.files[name];
      if (fileName === undefined) throw new Error(`There is no asset named ${name}.`);
      return `/assets/${fileName}`;
    },
    find: (fileName) => files.get(fileName),
  };
}

async function readForms(dir: string, fileName: string, names: ReadonlySet<string>): Promise<AssetFile> {
  const forms = new Map<Encoding, Uint8Array<ArrayBuffer>>();
  for (const encoding of ["br", "gzip", "identity"] as const) {
    const storedName = fileName + extensions[encoding];
    if (names.has(storedName)) forms.set(encoding, await Bun.file(join(dir, storedName)).bytes());
  }
  return { type: types[extname(fileName)] ?? "application/octet-stream", forms };
}

/** `GET /assets/:file`. Names contain a hash of the content, so answers can be cached forever. */
export function serveAssets(assets: Assets) {
  return new Elysia({ name: "assets" }).get("/assets/:file", ({ params, request }) => {
    const file = assets.find(params.file);
    if (file === undefined) return new Response("Not found", { status: 404 });
    const encoding = chooseEncoding(request, [...file.forms.keys()]);
    const headers = new Headers({
      "Content-Type": file.type,
      "Cache-Control": "public, max-age=31536000, immutable",
      Vary: "Accept-Encoding",
    });
    if (encoding !== "identity") headers.set("Content-Encoding", encoding);
    return new Response(file.forms.get(encoding) ?? null, { headers });
  });
}
