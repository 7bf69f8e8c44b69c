/** Describes routes as the documents of each version of OpenAPI do. */
import { type Dialect, type OlderSchema, translateSchema } from "./dialects.ts";
import { bodyType, type Operation, type ResponseDocs, type RouteDocs } from "./operations.ts";
import { mapValues, type Schema } from "./schema.ts";

/** The routes by path and method. */
export function listPaths(operations: readonly Operation[], dialect: Dialect): OlderSchema {
  const byPath = [...Map.groupBy(operations, ({ path }) => path)];
  return Object.fromEntries(
    byPath.map(([path, methods]) => [
      path,
      Object.fromEntries(methods.map(({ method, docs }) => [method, describe(docs, dialect)])),
    ]),
  );
}

function describe({ parameters, body, responses, ...docs }: RouteDocs, dialect: Dialect): OlderSchema {
  const listed = parameters.map(({ schema, ...parameter }) => ({
    ...parameter,
    required: parameter.in === "path",
    ...placeSchema(schema, dialect),
  }));
  return {
    ...docs,
    parameters: listed,
    ...(body && describeBody(body, dialect, listed)),
    responses: mapValues(responses, (response) => describeResponse(response, dialect)),
  };
}

/** In Swagger 2 the body is a parameter, whose name means nothing. */
function describeBody(
  { description, schema }: NonNullable<RouteDocs["body"]>,
  dialect: Dialect,
  parameters: readonly OlderSchema[],
): OlderSchema {
  if (dialect !== "2.0") {
    return { requestBody: { description, required: true, content: { [bodyType]: placeSchema(schema, dialect) } } };
  }
  const body = { name: "body", in: "body", description, required: true, schema: translateSchema(schema, dialect) };
  return { consumes: [bodyType], parameters: [...parameters, body] };
}

function describeResponse({ description, headers, content }: ResponseDocs, dialect: Dialect): OlderSchema {
  const json = content && (content[bodyType] ?? content["application/problem+json"]);
  return {
    description,
    ...(headers && {
      headers: mapValues(headers, ({ schema, ...header }) => ({ ...header, ...placeSchema(schema, dialect) })),
    }),
    ...(dialect === "2.0"
      ? json && { schema: translateSchema(json, dialect) }
      : content && { content: mapValues(content, (schema) => placeSchema(schema, dialect)) }),
  };
}

/** Writes the schema of a value: OpenAPI 3 has a member for it, Swagger 2 does not. */
function placeSchema(schema: Schema, dialect: Dialect): OlderSchema {
  const translated = translateSchema(schema, dialect);
  return dialect === "2.0" ? translated : { schema: translated };
}
