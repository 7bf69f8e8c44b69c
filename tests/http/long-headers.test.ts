import { expect, test } from "bun:test";
import { parseBasicCredentials } from "../../src/domain/access/credentials.ts";
import { chooseEncoding, chooseMediaType } from "../../src/http/answers/negotiation.ts";
import { readRequestId } from "../../src/http/context.ts";
import { readCookie } from "../../src/http/page-guard/session-cookie.ts";
import { readContentType } from "../../src/http/request-body.ts";
import { resolveClientAddress } from "../../src/lib/net/client-address.ts";
import { parseSubnet } from "../../src/lib/net/subnets.ts";
import { readTrace } from "../../src/lib/net/trace-context.ts";
import { nameBrowser } from "../../src/views/parts/browser-name.ts";
import { cpuMsOf } from "../support/cpu-time.ts";

/** About the longest header that the server takes. */
const length = 15_900;
/** Reading one takes 10 at most; what looks at the rest from every place takes hundreds. */
const cpuMsMax = 60;

const trusted = [parseSubnet("10.0.0.0/8")].flatMap((subnet) => subnet ?? []);
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  "x-forwarded-for": (text) =>
    resolveClientAddress({ kind: "forwarded-through", trusted }, { peer: "10.0.0.1", forwardedFor: () => text }),
  authorization: parseBasicCredentials,
  traceparent: readTrace,
  accept: (text) => chooseMediaType(requestWith({ accept: text }), ["application/json", "text/csv"]),
  "accept-encoding": (text) => chooseEncoding(requestWith({ "accept-encoding": text }), ["gzip"]),
  cookie: (text) => readCookie(requestWith({ cookie: text }), "civikey_session"),
  "content-type": (text) => readContentType(requestWith({ "content-type": text })),
  "user-agent": nameBrowser,
  "x-request-id": (text) => readRequestId(requestWith({ "x-request-id": text })),
};

const starts = ["", "[", "a/b;", "basic ", "00-", "civikey_session="];
const repeated = [
  " ",
  ",",
  ";",
  ":",
  "[",
  '"',
  "=",
  "0",
  ".",
  "-",
  " ;",
  "; ",
  "a,",
  '="',
  ';a="',
  "*/*,",
  "[:",
  ";q=",
  "Version/1 ",
  "\\",
];

function requestWith(headers: Record<string, string>): Request {
  return new Request("http://localhost/", { headers });
}

// Nobody is known yet when most of these are read: a header that takes long would let any stranger keep everybody waiting.
test.each(Object.entries(readers))("reads %s in milliseconds, whatever is repeated in it", (_, read) => {
  const slow = starts.flatMap((start) =>
    repeated.flatMap((part) => {
      const cpuMs = cpuMsOf(() => read(start + part.repeat(length / part.length)));
      return cpuMs > cpuMsMax ? [[start, part, cpuMs]] : [];
    }),
  );
  expect(slow).toEqual([]);
});
