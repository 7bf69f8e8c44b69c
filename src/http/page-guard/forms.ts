/** Reads the forms and queries of pages as text. */
import { DomainError } from "../../lib/errors.ts";
import { readBody, readContentType } from "../request-body.ts";

/** Far larger than any form of ours. */
const formBytesMax = 256 * 1024;
/** For forms that anybody may send: reading thousands of fields would keep others waiting. */
export const strangersFormBytesMax = 32 * 1024;

/**
 * The fields of a form that was sent as `application/x-www-form-urlencoded`. Throws `too_large`, and
 * `invalid` for another type or for text that the database cannot store (NUL).
 */
export async function readForm(request: Request, bytesMax = formBytesMax): Promise<URLSearchParams> {
  if (readContentType(request) !== "application/x-www-form-urlencoded") {
    throw new DomainError("invalid", "The form was not sent as application/x-www-form-urlencoded.");
  }
  const body = await readBody(request, { name: "form", bytesMax });
  return refuseNul(new URLSearchParams(body.toString("utf8")));
}

/** The query of a page's address. Throws `invalid` for text that the database cannot store (NUL). */
export function readPageQuery(request: Request): URLSearchParams {
  return refuseNul(new URL(request.url).searchParams);
}

/** One field's text; a field that is not there is empty. */
export function fieldOf(form: URLSearchParams, name: string): string {
  return form.get(name) ?? "";
}

/** What is searched for: a field without blanks around it, cut where no name of ours would be longer. */
export function searchOf(query: URLSearchParams, name = "q"): string {
  return fieldOf(query, name).trim().slice(0, 200);
}

function refuseNul(fields: URLSearchParams): URLSearchParams {
  for (const [name, value] of fields) {
    if (name.includes("\0") || value.includes("\0")) {
      throw new DomainError("invalid", "The form contains text that cannot be stored.");
    }
  }
  return fields;
}
