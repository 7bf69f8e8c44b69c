/** Reads a form with a file. What the browser says about the file, such as its name and type, is ignored. */
import { DomainError } from "../../lib/errors.ts";
import { readBody, readContentType } from "../request-body.ts";

/** Twice our largest file, so that a file that is a little too large gets an error in the form. */
const formBytesMax = 8 * 1024 * 1024;

/** A form with one file. */
interface UploadForm {
  /** The content of the file; undefined when none was chosen. */
  readonly bytes: Uint8Array | undefined;
  /** The text of a field; a field that is not there is empty. */
  readonly field: (name: string) => string;
}

/**
 * Reads a form that was sent as `multipart/form-data`. A file longer than `bytesMax` is cut after one more
 * byte, so that its reader can tell. Throws `invalid` for another type or a form that cannot be parsed, and
 * whatever `readBody` throws, such as `too_large` past 8 MiB.
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
