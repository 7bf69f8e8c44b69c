/** Judges OpenAPI documents, and answers by them, with validators that are not ours. */
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv, { type Options } from "ajv";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/** A parsed document. */
export type OpenApiDocument = Record<string, unknown>;

// One for all: it compiles the schema of each version of OpenAPI once.
const validator = new Validator();

/** What the OpenAPI specification finds wrong with a document; nothing, when it is valid. */
export async function findDocumentProblems(document: OpenApiDocument): Promise<unknown> {
  // The validator resolves references in place.
  const { valid, errors } = await validator.validate(structuredClone(document));
  return valid ? undefined : (errors ?? "invalid");
}

/** Finds what is wrong with a value by a schema of the document, by its name: one line for each problem. */
export function createSchemaJudge(document: OpenApiDocument): (name: string, value: unknown) => string[] {
  const options: Options = { strict: false, allErrors: true };
  const isLatest = String(document.openapi).startsWith("3.1");
  const ajv = isLatest ? new Ajv2020(options) : new Ajv(options);
  addFormats(ajv);
  // RFC 6531, which the package does not know.
  ajv.addFormat("idn-email", /^[^\s@]+@[^\s@]+$/u);
  const place = document.swagger === undefined ? "components/schemas" : "definitions";
  // Swagger 2 has null as an extension only, which validators of JSON Schema do not know.
  const readable = JSON.parse(JSON.stringify(document).replaceAll('"x-nullable"', '"nullable"'));
  ajv.addSchema(readable, "document");
  return (name, value) => {
    const judge = ajv.getSchema(`document#/${place}/${name}`);
    if (judge === undefined) throw new Error(`The document has no schema ${name}.`);
    judge(value);
    return (judge.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  };
}
