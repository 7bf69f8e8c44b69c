/** JSON Schema as our documents use it: the part of draft 2020-12 that older dialects can say too. */

/** A type of JSON; no schema of ours allows several, apart from null. */
type SchemaType = "array" | "boolean" | "integer" | "number" | "object" | "string";

/** What a value looks like. A `$ref` stands alone, because older readers ignore what is beside it. */
export interface Schema {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: SchemaType | readonly [SchemaType, "null"];
  readonly format?: string;
  readonly enum?: readonly (string | null)[];
  readonly examples?: readonly (string | number)[];
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Schemas;
  /** Of members that `properties` does not name; they are allowed unless it is false. */
  readonly additionalProperties?: Schema | false;
  readonly anyOf?: readonly Schema[];
}

/** Schemas by name. */
export type Schemas = Readonly<Record<string, Schema>>;

/** Where OpenAPI 3 keeps the schemas that others refer to. */
export const schemasPath = "#/components/schemas/";

/** Refers to a schema of the same document by its name. */
export function ref(name: string): Schema {
  return { $ref: schemasPath + name };
}

/**
 * Gives a schema a name of its own, or one with a number behind when that is taken, and refers to it. Schemas with
 * names lie side by side, so that a document is never nested deeply.
 */
export function nameSchema(named: Map<string, Schema>, wanted: string, make: () => Schema): Schema {
  let name = wanted;
  // Keys have no digits, so a number at the end never makes another key's name.
  for (let count = 2; named.has(name); count += 1) name = `${wanted}_${count}`;
  // Takes the name before those that are nested in it can.
  named.set(name, {});
  named.set(name, make());
  return ref(name);
}

/** A value of this type, or null. */
export function nullable(type: SchemaType, more: Schema = {}): Schema {
  return { ...more, type: [type, "null"] };
}

/** A list of such values. */
export function listOf(items: Schema, more: Schema = {}): Schema {
  return { ...more, type: "array", items };
}

/** An object with these members, and perhaps others; all but the optional ones are always there. */
export function objectOf(
  properties: Schemas,
  { optional = [], ...more }: Schema & { readonly optional?: readonly string[] } = {},
): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  // OpenAPI 3.0 and Swagger 2 refuse an empty list.
  return { ...more, type: "object", ...(required.length > 0 ? { required } : {}), properties };
}

/** An object with other values under the same names. */
export function mapValues<T, R>(
  values: Readonly<Record<string, T>>,
  map: (value: T) => R,
): Readonly<Record<string, R>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}
