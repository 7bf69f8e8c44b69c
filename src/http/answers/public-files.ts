import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Elysia } from "elysia";

const dir = join(import.meta.dir, "../../../public");

/** Every file of `public/` that is served, and its type. Anyone may read them, at the root of the site. */
const types = {
  "apple-touch-icon.png": "image/png",
  "favicon.ico": "image/x-icon",
  "favicon.svg": "image/svg+xml",
  "robots.txt": "text/plain; charset=utf-8",
} as const;

/** `GET /favicon.ico` and the other files that browsers and crawlers look for by a fixed name, from memory. */
export function servePublicFiles() {
  const app = new Elysia({ name: "public-files" });
  for (const [name, type] of Object.entries(types)) {
    const bytes = readFileSync(join(dir, name));
    const headers = { "Content-Type": type, "Cache-Control": "public, max-age=86400" };
    app.get(`/${name}`, () => new Response(bytes, { headers }));
  }
  return app;
}
