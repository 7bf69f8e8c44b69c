import { openPage, type PageRoute } from "../http/page-guard/routes.ts";

const changelog = new URL("../../CHANGELOG.md", import.meta.url);

/** The version notes, as they come with the product. */
export function versionPages(): PageRoute[] {
  const headers = { "Content-Type": "text/plain; charset=utf-8" };
  return [openPage("GET", "/docs/versions", () => new Response(Bun.file(changelog), { headers }))];
}
