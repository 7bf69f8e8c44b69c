/** Says our schemas in the dialects of OpenAPI 3.0 and Swagger 2.0, which are older than JSON Schema's "null". */
import { mapValues, type Schema, type Schemas, schemasPath } from "./schema.ts";

/** The versions of OpenAPI; our schemas are those of 3.1. */
export type Dialect = OlderDialect | "3.1";

/** The versions of OpenAPI that have a dialect of their own. */
type OlderDialect = "3.0" | "2.0";

/** A schema in an older dialect: plain JSON. */
export type OlderSchema = Readonly<Record<string, unknown>>;

/** Translates a schema. What Swagger 2 cannot say, it leaves open: never narrower than the original. */
export function translateSchema(schema: Schema, dialect: Dialect): OlderSchema {
  if (dialect === "3.1") return { ...schema };
  if (schema.$ref !== undefined) {
    return { $ref: dialect === "3.0" ? schema.$ref : schema.$ref.replace(schemasPath, "#/definitions/") };
  }
  if (schema.anyOf !== undefined && dialect === "2.0") {
    const { anyOf, ...more } = schema;
    return translateSchema({ ...more, ...mergeObjects(anyOf) }, dialect);
  }
  const { type, examples, items, properties, additionalProperties, anyOf, ...same } = schema;
  const translate = (part: Schema) => translateSchema(part, dialect);
  return {
    ...same,
    ...translateType(type, dialect),
    ...(examples?.[0] === undefined ? {} : { example: examples[0] }),
    ...(items && { items: translate(items) }),
    ...(properties && { properties: translateSchemas(properties, dialect) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: additionalProperties && translate(additionalProperties),
    }),
    ...(anyOf && { anyOf: anyOf.map(translate) }),
  };
}

/** Translates schemas that have names. */
export function translateSchemas(schemas: Schemas, dialect: OlderDialect): OlderSchema {
  return mapValues(schemas, (schema) => translateSchema(schema, dialect));
}

function translateType(type: Schema["type"], dialect: OlderDialect): OlderSchema {
  if (type === undefined) return {};
  if (typeof type === "string") return { type };
  return { type: type[0], [dialect === "3.0" ? "nullable" : "x-nullable"]: true };
}

/** One object for any of several (Swagger 2 has no `anyOf`): what they share is certain, the rest may be there. */
function mergeObjects(choices: readonly Schema[]): Schema {
  const properties = new Map<string, Schema>();
  for (const choice of choices) {
    for (const [name, schema] of Object.entries(choice.properties ?? {})) {
      const known = properties.get(name);
      const values = known?.enum && schema.enum && [...known.enum, ...schema.enum];
      properties.set(name, values ? { ...schema, enum: [...new Set(values)] } : schema);
    }
  }
  const required = (choices[0]?.required ?? []).filter((name) =>
    choices.every((choice) => choice.required?.includes(name)),
  );
  return {
    type: "object",
    ...(required.length > 0 ? { required } : {}),
    properties: Object.fromEntries(properties),
  };
}
