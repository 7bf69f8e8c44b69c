/** Questions of a program version, without a database. */
import { type Question, questionKey } from "../../src/domain/programs/questions/tree.ts";

let lastId = 0;

/** A question; its key follows from its name. What is not given is plain, and the ID is one that no other has. */
export function makeQuestion(adminName: string, more: Partial<Question> = {}): Question {
  lastId += 1;
  const key = questionKey(adminName);
  const texts = { text: `${adminName}?`, helpText: "", options: null };
  return { id: lastId, adminName, key, type: "TEXT", ...texts, enumeratorId: null, ...more };
}
