import { expect, test } from "bun:test";
import { answerPageInTime } from "../../../src/http/answers/in-time.ts";
import { beginContext, noRoute, type RequestId } from "../../../src/http/context.ts";
import { readBody } from "../../../src/http/request-body.ts";
import { DomainError } from "../../../src/lib/errors.ts";
import { createLog } from "../../../src/log.ts";

const pageWithinMs = { reading: 60, writing: 60 };

/** Answers a form, and tells whether the database was taken for silent meanwhile. */
async function answerForm(
  body: ReadableStream<Uint8Array>,
  respond: (request: Request) => Promise<Response>,
): Promise<{ status: number; isSilent: boolean }> {
  const request = new Request("http://localhost:9000/login", { method: "POST", body });
  beginContext(request, {
    requestId: "1" as RequestId,
    guardedPath: "/login",
    isHead: false,
    trace: undefined,
    peer: undefined,
    receivedAt: new Date(0),
    startedMs: performance.now(),
    address: undefined,
    route: noRoute,
    setCookies: [],
  });
  let isSilent = false;
  const assets = { href: () => "", version: "1" };
  const log = createLog({ level: "silent", format: "json" });
  const deps = {
    assets,
    log,
    pageWithinMs,
    onSilence() {
      isSilent = true;
    },
  };
  const response = await answerPageInTime(deps, request, respond(request));
  return { status: response.status, isSilent };
}

/** A byte every 20 ms, without an end unless there are only so many. */
function drip(bytesMax = Number.POSITIVE_INFINITY): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream({
    async pull(controller) {
      if (sent++ >= bytesMax) return controller.close();
      await Bun.sleep(20);
      controller.enqueue(new Uint8Array(1));
    },
  });
}

const readFormWithin = (withinMs: number) => (request: Request) =>
  readBody(request, { name: "form", bytesMax: 1_000, withinMs }).then(
    () => new Response("read"),
    (error) => new Response(null, { status: error instanceof DomainError ? 408 : 500 }),
  );

test("a form that drips is refused by itself, and nobody blames the database", async () => {
  expect(await answerForm(drip(), readFormWithin(200))).toEqual({ status: 408, isSilent: false });
});

test("a form that arrives slowly, but whole, is answered", async () => {
  expect(await answerForm(drip(6), readFormWithin(10_000))).toEqual({
    status: 200,
    isSilent: false,
  });
});

test("a database that is silent after the form arrived is noticed", async () => {
  const readThenWait = (request: Request) =>
    readFormWithin(10_000)(request).then(() => new Promise<Response>(() => {}));
  expect(await answerForm(drip(6), readThenWait)).toEqual({ status: 503, isSilent: true });
});
