/** Reads forms and addresses of pages as text, and nothing that a page cannot send. */
import { DomainError } from "../domain/errors.ts";

/** Larger than any form of ours by far. */
const formBytesMax = 256 * 1024;

/**
 * The fields of a form that was sent as `application/x-www-form-urlencoded`. Throws `invalid` for
 * another type, a form that is too large, and text that no database can store (NUL).
 */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") {
    throw new DomainError("invalid", "The form was not sent as application/x-www-form-urlencoded.");
  }
  return refuseNul(new URLSearchParams(await readBody(request)));
}

/** Reads no more than a form may have, whatever the request says of itself. */
async function readBody(request: Request): Promise<string> {
  const tooLarge = new DomainError("invalid", "The form is too large.");
  if (Number(request.headers.get("content-length") ?? 0) > formBytesMax) throw tooLarge;
  const reader = request.body?.getReader();
  if (reader === undefined) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new DomainError("invalid", "The form did not arrive whole.", { cause });
    });
    if (done) return Buffer.concat(chunks).toString("utf8");
    bytes += value.length;
    if (bytes > formBytesMax) {
      await reader.cancel();
      throw tooLarge;
    }
    chunks.push(value);
  }
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
