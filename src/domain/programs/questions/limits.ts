/** The limits that a version sets for answers: CiviForm's validation predicates. */
import { isMembers } from "../../../lib/json/unknown.ts";
import { requireList, requireObject } from "./exported-values.ts";
import type { QuestionType } from "./types.ts";

/** The limits of one question. */
export interface AnswerLimits {
  /** Of a text or an id: its characters. Of a number: its value. Of a list: how many it has. */
  readonly min: number | null;
  readonly max: number | null;
  /** Whether an address may not be a PO box. */
  readonly refusesPoBox: boolean;
}

/** No limit at all. */
export const noLimits: AnswerLimits = { min: null, max: null, refusesPoBox: false };

/** What CiviForm calls the two ends. */
const predicateNames: Readonly<Partial<Record<QuestionType, { min?: string; max: string }>>> = {
  ENUMERATOR: { min: "minEntities", max: "maxEntities" },
  FILE_UPLOAD: { max: "maxFiles" },
  ID: { min: "minLength", max: "maxLength" },
  MAP: { max: "maxLocationSelections" },
  MULTI_SELECT: { min: "minChoicesRequired", max: "maxChoicesAllowed" },
  NUMBER: { min: "min", max: "max" },
  TEXT: { min: "minLength", max: "maxLength" },
};

/** Gives the limits of a question of one version. */
export type LimitReader = (question: { id: number; type: QuestionType }) => AnswerLimits;

/** Reads limits from an imported export; unknown ones are ignored. */
export function createLimitReader(definition: string): LimitReader {
  const { questions = [] } = requireObject(JSON.parse(definition), "The export");
  const predicatesById = new Map(
    requireList(questions, "questions").map((question) => {
      const { config } = requireObject(question, "question");
      const { id, validationPredicates } = requireObject(config, "config");
      return [id, validationPredicates] as const;
    }),
  );
  return ({ id, type }) => {
    const predicates = predicatesById.get(id);
    const read = (name: string | undefined) =>
      name !== undefined && isMembers(predicates) && Object.hasOwn(predicates, name) ? predicates[name] : undefined;
    return {
      min: asInteger(read(predicateNames[type]?.min)),
      max: asInteger(read(predicateNames[type]?.max)),
      refusesPoBox: read("disallowPoBox") === true,
    };
  };
}

function asInteger(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : null;
}
