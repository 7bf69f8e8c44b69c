/** Serves the sample pages with the built assets, under the content security policy of the product. */
import { buildAssets } from "../../src/assets/build.ts";
import { loadAssets, serveAssets } from "../../src/http/answers/assets.ts";
import { servePublicFiles } from "../../src/http/answers/public-files.ts";
import { renderSamples } from "./sample-pages.ts";

/** The policy that the pages have to work under. */
export const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** A running server of sample pages; `names` are their paths. */
export interface SampleServer {
  readonly url: string;
  readonly names: readonly string[];
  stop(): Promise<void>;
}

/** Starts it on a free port of loopback. */
export async function serveSamples(): Promise<SampleServer> {
  await buildAssets("public/built");
  const assets = await loadAssets("public/built");
  const samples = renderSamples({ href: assets.href, version: "0.1.0" });
  const assetApp = serveAssets(assets).use(servePublicFiles());
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const { pathname } = new URL(request.url);
      const html = samples[pathname.slice(1)];
      if (html === undefined) return assetApp.handle(request);
      return new Response(html, {
        headers: {
          "Content-Type": "text/html; charset=utf-8",
          "Content-Security-Policy": contentSecurityPolicy,
          "Cache-Control": "no-store",
        },
      });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    names: Object.keys(samples),
    stop: () => server.stop(true),
  };
}
