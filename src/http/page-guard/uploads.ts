/** Reads a form with a file, as a page of ours sends it. Nothing that the browser says of the file is believed. */
import { DomainError } from "../../lib/errors.ts";
import { readBody, readContentType } from "../request-body.ts";

/** Twice what our largest file may have: who sends a little too much is told so in the form. */
const formBytesMax = 8 * 1024 * 1024;

/** A form with one file. */
export interface UploadForm {
  /** The content of the file; undefined when none was chosen. */
  readonly bytes: Uint8Array | undefined;
  /** The text of a field; a field that is not there is empty. */
  readonly field: (name: string) => string;
}

/**
 * Reads a form that was sent as `multipart/form-data`. Of a file longer than `bytesMax` one byte more
 * is read than that, which tells its reader. Throws `invalid` for another type and what is no such form,
 * and what `readBody` throws, `too_large` past 8 MiB.
 */
export async function readUpload(
  request: Request,
  { fileField, bytesMax }: { fileField: string; bytesMax: number },
): Promise<UploadForm> {
  const form = await readFormData(request);
  const file = form.get(fileField);
  return {
    bytes:
      file !== null && typeof file !== "string" && file.size > 0
        ? new Uint8Array(await file.slice(0, bytesMax + 1).arrayBuffer())
        : undefined,
    field(name) {
      const value = form.get(name);
      return typeof value === "string" ? value : "";
    },
  };
}

async function readFormData(request: Request) {
  if (readContentType(request) !== "multipart/form-data") {
    throw new DomainError("invalid", "The form was not sent as multipart/form-data.");
  }
  const type = request.headers.get("content-type") ?? "";
  const body = await readBody(request, { name: "form", bytesMax: formBytesMax });
  try {
    return await new Response(body, { headers: { "Content-Type": type } }).formData();
  } catch (cause) {
    throw new DomainError("invalid", "The form could not be read.", { cause });
  }
}
