/** Reads the JSON object that a call of the API sends. The domain judges its content. */
import { DomainError } from "../../lib/errors.ts";
import { JsonTextError, locate } from "../../lib/json/problem.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../lib/json/text.ts";
import { readBody, readContentType } from "../request-body.ts";

/** Leaves out a byte order mark, which editors and .NET put at the start. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The object, with no digit of a number lost. Throws
 * `wrong_type` (415) for another media type or a content encoding, `too_large` (413) past `bytesMax`, and
 * `invalid` (400) for anything but a JSON object in UTF-8. Duplicate names are refused.
 */
export async function readJsonBody(request: Request, { bytesMax }: { bytesMax: number }): Promise<JsonObject> {
  if (readContentType(request) !== "application/json") {
    throw new DomainError("wrong_type", "The body must be sent as application/json.");
  }
  const encoding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding !== "identity") {
    throw new DomainError("wrong_type", "The body must be sent without a content encoding.");
  }
  const text = decode(await readBody(request, { name: "body", bytesMax }));
  try {
    const value = parseJson(text);
    if (isJsonObject(value)) return value;
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    const { line, column } = locate(text, error.offset);
    throw new DomainError(
      "invalid",
      `JSON is incorrectly formatted: ${error.message} (line ${line}, column ${column})`,
    );
  }
  throw new DomainError("invalid", "The body must be a JSON object.");
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new DomainError("invalid", "The body is not UTF-8.");
  }
}
