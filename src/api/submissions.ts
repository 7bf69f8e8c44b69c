/** `POST /api/v1/admin/programs/:programSlug/applications`: a key with WRITE submits an application. */
import { isIdempotencyKey, type SubmittedApplication } from "../domain/applications/submissions/idempotency-keys.ts";
import { submitApplication } from "../domain/applications/submissions/submit.ts";
import { requireActiveProgram } from "../domain/programs/granted.ts";
import { waitForDatabase } from "../http/answers/in-time.ts";
import { readJsonBody } from "../http/api-guard/json-body.ts";
import { type ApiRoute, type ProgramCall, programRoute } from "../http/api-guard/routes.ts";
import { DomainError } from "../lib/errors.ts";
import type { ApplicationsDeps } from "./applications.ts";
import { respondWithJson } from "./json-answer.ts";
import { submitDocs } from "./submission-docs.ts";

/** What these routes need. */
export type SubmissionsDeps = Pick<ApplicationsDeps, "db" | "writeGate" | "baseUrl" | "writeBytesPerDay">;

const bodyBytesMax = 1024 * 1024;

/** The route that takes applications. */
export function submissionRoutes(deps: SubmissionsDeps): ApiRoute[] {
  return [
    programRoute({
      method: "POST",
      path: "/admin/programs/:programSlug/applications",
      permission: "WRITE",
      docs: submitDocs,
      handle: (call) => submit(deps, call),
    }),
  ];
}

async function submit(deps: SubmissionsDeps, call: ProgramCall<"WRITE">): Promise<Response> {
  const { program, request } = call;
  const active = await waitForDatabase(requireActiveProgram(deps.db, program));
  const idempotencyKey = readIdempotencyKey(request);
  const body = await readJsonBody(request, { bytesMax: bodyBytesMax });
  const { applicationId, text } = await waitForSubmission((signal) => {
    const submission = {
      ...active,
      program,
      apiKeyId: call.apiKey.id,
      body,
      idempotencyKey,
      now: call.now,
      bytesPerDay: deps.writeBytesPerDay,
      signal,
    };
    return deps.writeGate.run(() => submitApplication(deps.db, submission), submission);
  });
  const path = `/api/v1/admin/programs/${program.slug}/applications/${applicationId}`;
  return respondWithJson(text, { status: 201, headers: { Location: deps.baseUrl() + path } });
}

/** A submission that nobody waits for any more is not stored behind the caller's back. */
async function waitForSubmission(
  start: (signal: AbortSignal) => Promise<SubmittedApplication>,
): Promise<SubmittedApplication> {
  const leaving = new AbortController();
  try {
    return await waitForDatabase(start(leaving.signal));
  } finally {
    leaving.abort();
  }
}

/** Two headers arrive as one with a blank in it, and are none. */
function readIdempotencyKey(request: Request): string | undefined {
  const text = request.headers.get("idempotency-key") ?? undefined;
  if (text === undefined || isIdempotencyKey(text)) return text;
  throw new DomainError("invalid", "Malformed header: Idempotency-Key");
}
