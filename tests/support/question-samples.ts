import type { OfferedQuestions } from "../../src/views/keys/question-choice.tsx";

/** The questions of a program, with everything that an export says of one. */
export const childCareQuestions: OfferedQuestions = {
  mode: "only",
  keys: [],
  modes: ["all", "only", "except"],
  entries: [
    {
      key: "applicant_name",
      name: "Applicant name",
      types: ["NAME"],
      tags: ["DEMOGRAPHIC_PII", "APPLICANT_NAME", "UNIVERSAL"],
      isPersonal: true,
      enumerator: null,
    },
    {
      key: "household_members",
      name: "Household members",
      types: ["ENUMERATOR"],
      tags: [],
      isPersonal: false,
      enumerator: null,
    },
    {
      key: "income",
      name: "income",
      types: ["CURRENCY", "NUMBER"],
      tags: ["DEMOGRAPHIC"],
      isPersonal: false,
      enumerator: "household_members",
    },
    {
      key: "trusted_intermediary",
      name: "Trusted intermediary",
      types: [],
      tags: [],
      isPersonal: true,
      enumerator: null,
    },
  ],
};
