/** Checked by the compiler, never run: a header, a body or a secret in a log line does not compile. */

import { describeError } from "../src/http/answers/errors.ts";
import type { RequestContext } from "../src/http/context.ts";
import { methodOf } from "../src/http/methods.ts";
import type { Secret } from "../src/lib/secrets/secret.ts";
import type { Log } from "../src/log.ts";

declare const log: Log;
declare const request: Request;
declare const context: RequestContext;
declare const secret: Secret;
declare const error: Error;
const header = request.headers.get("authorization") ?? "";
const body = await request.text();
const { pathname } = new URL(request.url);

log.info(
  {
    requestId: context.requestId,
    method: methodOf(request),
    route: context.route,
    status: 200,
    ms: 1.5,
    clientIp: context.address,
    keyId: context.key,
    admin: context.session?.person,
    reason: context.refusal,
  },
  "request",
);
log.error({ error: describeError(error) }, "failed");

// @ts-expect-error headers have no field
log.info({ headers: request.headers }, "request");
// @ts-expect-error nor has a body
log.info({ body }, "request");
// @ts-expect-error a header is no request id
log.info({ requestId: header }, "request");
// @ts-expect-error a header is no method
log.info({ method: request.method }, "request");
// @ts-expect-error a path is no route
log.info({ route: pathname }, "request");
// @ts-expect-error what a header claims is no address
log.info({ clientIp: header }, "request");
// @ts-expect-error a text from a credential is no known key
log.info({ keyId: header }, "request");
// @ts-expect-error nor is a text an admin
log.info({ admin: body }, "request");
// @ts-expect-error a text is no reason
log.info({ reason: header }, "request");
// @ts-expect-error a text is no fingerprint
log.info({ fingerprint: header }, "request");
// @ts-expect-error a text is nothing that was viewed
log.info({ viewed: pathname }, "request");
// @ts-expect-error a text is no limit
log.info({ limit: header }, "request");
// @ts-expect-error a secret has no field, and fits into none
log.info({ requestId: secret }, "request");
// @ts-expect-error not even its text
log.info({ requestId: secret.reveal() }, "request");
// @ts-expect-error an error is described first: its message may quote a secret
log.error({ error }, "failed");
// @ts-expect-error nor is a message a fact
log.error({ error: { class: error.message } }, "failed");
// @ts-expect-error a text is no message
log.info({}, body);
// @ts-expect-error nor is a sentence with a text in it
log.info({}, `the body was ${body}`);
// @ts-expect-error the query may hold a token
log.info({ url: request.url }, "request");
// @ts-expect-error what writes the lines is not handed out
log.child({ header });
