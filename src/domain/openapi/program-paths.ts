/** What the documents of a program have in common in every version of OpenAPI. */

import type { OlderSchema } from "./dialects.ts";
import type { Operation, ParameterDocs, RouteDocs } from "./operations.ts";
import type { DocumentedProgram } from "./programs.ts";

/** What a document is made of. */
export interface ProgramDocumentInput {
  readonly program: DocumentedProgram;
  /** The routes of the API; only those of a program are used. */
  readonly operations: readonly Operation[];
  /** The origin of the public URL. */
  readonly baseUrl: string;
}

/** A document: plain JSON. */
export type OpenApiDocument = Readonly<Record<string, unknown>>;

/** Every route needs the credentials of a key. */
export const security = [{ basicAuth: [] }] as const;

const programPath = "/admin/programs/{programSlug}";

/** Title, version and description; a draft is described as one. */
export function describeProgram({ adminName, description, version, stage }: DocumentedProgram) {
  const note = stage === "draft" ? "This is a draft. The API serves it once it's published." : "";
  return {
    title: adminName,
    version: String(version),
    description: [description, note].filter((text) => text !== "").join("\n\n"),
  };
}

/** The base of the paths in a program's document. */
export function basePathOf({ slug }: DocumentedProgram): string {
  return `/api/v1${programPath.replace("{programSlug}", slug)}`;
}

/** The program's routes by path and method, below its base path. */
export function listPaths(
  operations: readonly Operation[],
  describe: (docs: RouteDocs) => OlderSchema,
): OlderSchema {
  const paths = new Map<string, OlderSchema>();
  for (const { path, method, docs } of operations) {
    if (!path.startsWith(`${programPath}/`)) continue;
    const ownPath = path.slice(programPath.length);
    const { operationId, summary, description } = docs;
    const operation = { operationId, tags: ["programs"], summary, description, ...describe(docs) };
    paths.set(ownPath, { ...paths.get(ownPath), [method]: operation });
  }
  return Object.fromEntries(paths);
}

/** The parameters except the one in the base path, each with its schema where the version of OpenAPI has it. */
export function listParameters(
  parameters: readonly ParameterDocs[],
  describe: (parameter: ParameterDocs) => OlderSchema,
): OlderSchema[] {
  return parameters
    .filter(({ name }) => name !== "programSlug")
    .map((parameter) => {
      const { name, in: place, description } = parameter;
      const required = place === "path";
      return { name, in: place, description, required, ...describe(parameter) };
    });
}

/** An object with other values under the same names. */
export function mapValues<T, R>(
  values: Readonly<Record<string, T>>,
  map: (value: T) => R,
): Readonly<Record<string, R>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}
