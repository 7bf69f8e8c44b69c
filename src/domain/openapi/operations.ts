/** The docs of a route, kept beside the route, which doesn't compile without them. */
import { ref, type Schema } from "./schema.ts";

/** The media type of every request body. */
export const bodyType = "application/json";

/** One parameter. Path parameters are required, the others optional. */
export interface ParameterDocs {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly description: string;
  readonly schema: Schema;
}

/** One response, by media type; empty without any. */
export interface ResponseDocs {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { description: string; schema: Schema }>>;
  readonly content?: Readonly<Record<string, Schema>>;
}

/** The docs of a route, besides its method and path. */
export interface RouteDocs {
  readonly operationId: string;
  readonly tags?: readonly string[];
  /** The heading. */
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly ParameterDocs[];
  /** The JSON body of a call, always required. */
  readonly body?: { readonly description: string; readonly schema: Schema };
  /** By status. The responses that every route has (401, 429, 503) are added. */
  readonly responses: Readonly<Record<number, ResponseDocs>>;
}

/** One documented route. */
export interface Operation {
  readonly method: "get" | "post";
  /** As OpenAPI writes it: `/admin/programs/{programSlug}/applications`. */
  readonly path: string;
  readonly docs: RouteDocs;
}

/** The parameter of every route of a program. */
export const programSlugParameter: ParameterDocs = {
  name: "programSlug",
  in: "path",
  description: "The program's slug.",
  schema: { type: "string" },
};

/** A parameter of a query, a text unless it has another schema. */
export function queryParameter(name: string, description: string, schema: Schema = { type: "string" }): ParameterDocs {
  return { name, in: "query", description, schema };
}

/** A JSON response with the schema of this name. */
export function jsonDocs(description: string, schemaName: string): ResponseDocs {
  return { description, content: { [bodyType]: ref(schemaName) } };
}

/** A problem response (RFC 9457). */
export function problemDocs(description: string): ResponseDocs {
  return { description, content: { "application/problem+json": ref("problem") } };
}

/** The responses of a route to a body that it can't accept. */
export const bodyProblems: RouteDocs["responses"] = {
  408: problemDocs("The body didn't arrive in time."),
  413: problemDocs("The body is too large."),
  415: problemDocs("The body's type isn't `application/json`."),
  422: problemDocs("The body is invalid: `errors` lists why. Nothing is stored."),
};
