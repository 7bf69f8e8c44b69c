import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { anyText } from "../support/any-text.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { makeKey, makeProgram } from "../support/factories.ts";

let app: TestApp;
let good: Awaited<ReturnType<typeof makeKey>>;
let unauthorized: string;
const checkAuth = "/api/v1/checkAuth";

beforeAll(async () => {
  app = await startTestApp();
  await makeProgram(app);
  good = await makeKey(app);
  unauthorized = await describeAnswer(await app.request(checkAuth));
});
afterAll(() => app.close());

/** All that a caller sees, without the request id. */
async function describeAnswer(response: Response): Promise<string> {
  const requestId = response.headers.get("x-request-id") ?? "";
  const text = `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`;
  return text.replaceAll(requestId, "-");
}
const ask = async (authorization: string) =>
  describeAnswer(await app.request(checkAuth, { headers: { authorization } }));

/** Every text that a header may have. */
const headerText = fc.string({
  unit: fc
    .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0x80, max: 0xff }), fc.constant(0x09))
    .map((code) => String.fromCharCode(code)),
  maxLength: 200,
});
const filledText = anyText({ minLength: 1, maxLength: 80 });
/** One change somewhere in the good token. */
const mutation = fc.record({
  at: fc.nat(),
  removed: fc.integer({ min: 0, max: 3 }),
  inserted: fc.string({ maxLength: 3 }),
});

describe("only the right Authorization header passes", () => {
  test("refuses any other text", async () => {
    await fc.assert(
      fc.asyncProperty(headerText, async (text) => expect(await ask(text)).toBe(unauthorized)),
      { numRuns: 100 },
    );
  });

  test("refuses any other key id and secret, in any language", async () => {
    await fc.assert(
      fc.asyncProperty(filledText, filledText, async (keyId, secret) => {
        const encoded = Buffer.from(`${keyId}:${secret}`).toString("base64");
        expect(await ask(`Basic ${encoded}`)).toBe(unauthorized);
      }),
      { numRuns: 100 },
    );
  });

  test("refuses the right key id with any other secret", async () => {
    await fc.assert(
      fc.asyncProperty(filledText, async (secret) => {
        const encoded = Buffer.from(`${good.keyId}:${secret}`).toString("base64");
        expect(await ask(`Basic ${encoded}`)).toBe(unauthorized);
      }),
      { numRuns: 100 },
    );
  });

  test("refuses the right token with any change", async () => {
    await fc.assert(
      fc.asyncProperty(mutation, async ({ at, removed, inserted }) => {
        const start = at % (good.token.length + 1);
        const changed = good.token.slice(0, start) + inserted + good.token.slice(start + removed);
        fc.pre(changed.trim() !== good.token);
        expect(await ask(`Basic ${changed}`)).toBe(unauthorized);
      }),
      { numRuns: 150 },
    );
    expect(await ask(`Basic ${good.token}`)).toStartWith("200 ");
  });

  test("refuses the stored hash in place of the secret", async () => {
    const [row] = await app.database.client`select secret_hash, salt_id from api_keys`;
    for (const text of [row?.secret_hash, row?.salt_id, `${good.secret} `, good.secret.slice(0, -1)]) {
      expect(await ask(`Basic ${btoa(`${good.keyId}:${text}`)}`)).toBe(unauthorized);
    }
  });
});

describe("paths below /api", () => {
  const segment = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 20 }).map(encodeURIComponent),
    fc.constantFrom("v1", "admin", "programs", "snow-removal", "applications", "checkAuth", ""),
    fc.constantFrom("%2e%2e%2f", "%", "%00", "..%2f", "%c0%af", ";x", "%0d%0a", "\\", "~", "*"),
  );
  const path = fc.array(segment, { maxLength: 7 }).map((segments) => `/api/${segments.join("/")}`);

  test("are always 401 without a key, and never a server error with one", async () => {
    await fc.assert(
      fc.asyncProperty(path, fc.constantFrom("GET", "HEAD", "POST", "DELETE"), async (at, method) => {
        const pathname = new URL(`http://x${at}`).pathname;
        fc.pre(/^\/api(\/|$)/.test(pathname));
        expect((await app.request(at, { method })).status).toBe(401);
        const { status } = await app.call(at, good.token, { method });
        expect([200, 400, 401, 404, 405, 406]).toContain(status);
      }),
      { numRuns: 150 },
    );
  });
});
