/** What documents say of a route. It stands beside the route, which does not compile without it. */
import { ref, type Schema } from "./schema.ts";

/** The media type of every body that is sent. */
export const bodyType = "application/json";

/** One parameter. Those of the path are always there, the others never need to be. */
export interface ParameterDocs {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly description: string;
  readonly schema: Schema;
}

/** The JSON body that a call sends; it is never left out. */
export interface BodyDocs {
  readonly description: string;
  readonly schema: Schema;
}

/** One answer, by media type; without any it is empty. */
export interface ResponseDocs {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { description: string; schema: Schema }>>;
  readonly content?: Readonly<Record<string, Schema>>;
}

/** Everything that is said of a route beyond its method and path. */
export interface RouteDocs {
  readonly operationId: string;
  /** A few words: the heading. */
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly ParameterDocs[];
  readonly body?: BodyDocs;
  /** By status. What every route answers (401, 503) is added to it. */
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

/** An answer that says what is wrong (RFC 9457). */
export function problemDocs(description: string): ResponseDocs {
  return { description, content: { "application/problem+json": ref("problem") } };
}

/** What a route answers that reads a body, when it cannot take the body. */
export const bodyProblems: RouteDocs["responses"] = {
  408: problemDocs("The body did not arrive in time."),
  413: problemDocs("The body is too large."),
  415: problemDocs("The body is not sent as `application/json`."),
  422: problemDocs(
    "The body can be read, but `errors` says what is wrong in it. Nothing is stored.",
  ),
};
