/** Reads forms and addresses of pages as text, and nothing that a page cannot send. */
import { DomainError } from "../../lib/errors.ts";
import { readBody, readContentType } from "../request-body.ts";

/** Larger than any form of ours by far. */
const formBytesMax = 256 * 1024;

/**
 * The fields of a form that was sent as `application/x-www-form-urlencoded`. Throws `too_large`, and
 * `invalid` for another type and for text that no database can store (NUL).
 */
export async function readForm(request: Request): Promise<URLSearchParams> {
  if (readContentType(request) !== "application/x-www-form-urlencoded") {
    throw new DomainError("invalid", "The form was not sent as application/x-www-form-urlencoded.");
  }
  const body = await readBody(request, { name: "form", bytesMax: formBytesMax });
  return refuseNul(new URLSearchParams(body.toString("utf8")));
}

/** The query of a page's address; the same care. */
export function readPageQuery(request: Request): URLSearchParams {
  return refuseNul(new URL(request.url).searchParams);
}

/** One field's text; a field that is not there is empty. */
export function fieldOf(form: URLSearchParams, name: string): string {
  return form.get(name) ?? "";
}

function refuseNul(fields: URLSearchParams): URLSearchParams {
  for (const [name, value] of fields) {
    if (name.includes("\0") || value.includes("\0")) {
      throw new DomainError("invalid", "The form has text that cannot be stored.");
    }
  }
  return fields;
}
