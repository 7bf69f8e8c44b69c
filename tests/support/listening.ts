/** The product under test on a real socket, for browsers and other clients that need one. */
import { startTestApp, type TestApp, type TestAppOptions } from "./app.ts";

/** A test app that listens. */
export interface ListeningApp extends TestApp {
  readonly url: string;
  readonly port: number;
}

/** Starts a test app on a free port of loopback or of `hostname`; clients are known by their real address. */
export async function startListeningApp({
  hostname = "127.0.0.1",
  ...options
}: { hostname?: string } & TestAppOptions = {}): Promise<ListeningApp> {
  let url = "";
  const app = await startTestApp({ baseUrl: () => url, ...options });
  const server = Bun.serve({
    hostname,
    port: 0,
    maxRequestBodySize: Number.POSITIVE_INFINITY,
    fetch: (request, self) => app.app.handle(request, self.requestIP(request)?.address),
  });
  const port = server.port ?? 0;
  url = `http://127.0.0.1:${port}`;
  const { close } = app;
  // The same object, so that its clock can be set.
  return Object.assign(app, {
    url,
    port,
    async close() {
      await server.stop(true);
      await close();
    },
  });
}
