/** The product under test on a real socket, for browsers and other clients that need one. */
import { startTestApp, type TestApp } from "./app.ts";

/** A test app that listens. */
export interface ListeningApp extends TestApp {
  readonly url: string;
}

/** Starts a test app on a free loopback port; clients are known by their real address. */
export async function startListeningApp(): Promise<ListeningApp> {
  let url = "";
  const app = await startTestApp({ baseUrl: () => url });
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, self) => app.app.handle(request, self.requestIP(request)?.address),
  });
  url = `http://127.0.0.1:${server.port}`;
  return {
    ...app,
    url,
    async close() {
      await server.stop(true);
      await app.close();
    },
  };
}
