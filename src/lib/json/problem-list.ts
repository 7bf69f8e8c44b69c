/** Gathers everything that is wrong in a JSON document that was sent, and says no more of it than anybody reads. */
import { DomainError, type PointedError } from "../errors.ts";
import { pointTo } from "./pointer.ts";

/** The names and numbers that lead to a value of a document. */
export type JsonPath = readonly (string | number)[];

/** Problems on their way to one answer. */
export type ProblemList = ReturnType<typeof createProblemList>;

const listedMax = 100;
/** Longer than any name that we know. */
const nameLengthMax = 200;

/** Makes an empty one. */
export function createProblemList() {
  const listed: PointedError[] = [];
  let count = 0;
  return {
    /** `detail` is a sentence that quotes nothing. */
    add(path: JsonPath, detail: string): void {
      count += 1;
      if (listed.length < listedMax) listed.push(point(path, detail));
    },
    /** Throws `unprocessable` when something was added; `name` is what the document is called. */
    throwIfAny(name: string): void {
      if (count === 0) return;
      const total = count === 1 ? "a problem" : `${count} problems`;
      const more = count > listed.length ? ` The first ${listed.length} are listed.` : "";
      throw new DomainError("unprocessable", `The ${name} has ${total}.${more}`, {
        errors: listed,
      });
    },
  };
}

/** An answer must not repeat what it was sent at length: what has an endless name is pointed at from outside. */
function point(path: JsonPath, detail: string): PointedError {
  const end = path.findIndex((name) => typeof name === "string" && name.length > nameLengthMax);
  return end < 0
    ? { pointer: pointTo(...path), detail }
    : { pointer: pointTo(...path.slice(0, end)), detail: "There is an absurdly long name here." };
}
