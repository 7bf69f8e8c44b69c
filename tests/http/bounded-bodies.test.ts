import { afterAll, beforeAll, expect, test } from "bun:test";
import { startTestApp, type TestApp } from "../support/app.ts";
import { makeAdmin, makeKey, makeProgram, ownForm, signIn } from "../support/factories.ts";

let app: TestApp;
let headers: Record<string, string>;

beforeAll(async () => {
  app = await startTestApp();
  await makeProgram(app);
  await makeAdmin(app);
  const { token } = await makeKey(app, { permission: "WRITE" });
  headers = { ...ownForm, cookie: await signIn(app), authorization: `Basic ${token}` };
});
afterAll(() => app.close());

const chunk = new Uint8Array(256 * 1024).fill(0x20);
const chunkBytes = chunk.length;
/** What the largest form of ours may have, and the chunk that is too much. */
const readBytesMax = 8 * 1024 * 1024 + 2 * chunkBytes;
const types = [
  "application/json",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "text/plain",
  "application/octet-stream",
];

/** How much of an endless body is read before the answer. */
async function countReadBytes(path: string, method: string, type: string): Promise<number> {
  let readBytes = 0;
  const body = new ReadableStream(
    {
      pull(controller) {
        readBytes += chunkBytes;
        // A server that reads on and on would never come to an end.
        if (readBytes > 2 * readBytesMax) controller.close();
        else controller.enqueue(chunk);
      },
    },
    { highWaterMark: 0 },
  );
  await app.request(path, { method, headers: { ...headers, "content-type": type }, body });
  return readBytes;
}

test("no route reads more of a body than its limit, whoever sends it and whatever its headers say", async () => {
  const paths = [...new Set(app.app.routes.map(({ path }) => path))];
  const isLast = (path: string) => Number(/logout|signOut/.test(path));
  let readMost = 0;
  for (const [at, path] of paths.toSorted((a, b) => isLast(a) - isLast(b)).entries()) {
    const filled = path.replace(":programSlug", "snow-removal").replaceAll(/:\w+|\*/g, "1");
    const own = app.app.routes.filter((route) => route.path === path).map(({ method }) => method);
    for (const [index, method] of ["POST", "PUT", "PATCH", "DELETE"].entries()) {
      // What no route takes is refused in one place, whatever its path and type: one of the methods each.
      const tried = own.includes(method) ? types : types.slice(index, at % 4 === index ? index + 1 : index);
      for (const type of tried) {
        const readBytes = await countReadBytes(filled, method, type);
        expect(`${method} ${path} ${type} ${readBytes <= readBytesMax}`).toBe(`${method} ${path} ${type} true`);
        readMost = Math.max(readMost, readBytes);
      }
    }
  }
  // The form with a file was among them.
  expect(readMost).toBeGreaterThan(4 * 1024 * 1024);
});
