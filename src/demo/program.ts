/** The demo's program, as CiviForm's "Export program" writes one. */

const text = (english: string) => ({ translations: { en_US: english }, isRequired: true });

type Options = Readonly<Record<string, string>>;

function writeOptions(type: string, options: Options) {
  const questionOptions = Object.entries(options).map(([adminName, label], displayOrder) => ({
    ...{ id: displayOrder + 1, adminName, localizedOptionText: text(label), displayOrder },
    displayInAnswerOptions: true,
  }));
  return { questionOptions, multiOptionQuestionType: type };
}

/** What the members of a household are asked repeats for each answer to this question. */
const membersId = 6;
const heatings = { gas: "Natural gas", electricity: "Electricity", oil: "Heating oil", other: "Something else" };
const benefits = { snap: "SNAP", wic: "WIC", medicaid: "Medicaid", none: "None of these" };

/** Question 1 and those that follow: type, name, text, and what only this question has. */
const questions: readonly (readonly [type: string, name: string, asked: string, own?: object, config?: object])[] = [
  ["name", "applicant name", "What is your name?"],
  ["email", "applicant email", "What is your e-mail address?"],
  ["phone", "applicant phone", "What is your phone number?"],
  ["address", "home address", "Where do you live?"],
  ["date", "move in date", "When did you move in?"],
  ["enumerator", "household members", "Who lives with you?", { entityType: text("Household member") }],
  ["date", "birth date", "When was $this born?", {}, { enumeratorId: membersId }],
  ["currency", "monthly income", "What does $this earn in a month, before taxes?", {}, { enumeratorId: membersId }],
  ["multioption", "heating", "How is your home heated?", writeOptions("RADIO_BUTTON", heatings)],
  ["multioption", "other benefits", "Which benefits do you receive?", writeOptions("CHECKBOX", benefits)],
  ["number", "bill count", "How many utility bills are past due?"],
  ["id", "account number", "What is your utility account number?"],
  ["fileupload", "latest bill", "Please upload your latest bill."],
  ["text", "anything else", "Is there anything else that we should know?"],
];

/** Screen 1 and those that follow, with the numbers of their questions. */
const screens: readonly (readonly [name: string, questionIds: readonly number[], repeaterId?: number])[] = [
  ["About you", [1, 2, 3]],
  ["Your home", [4, 5, 9]],
  ["Your household", [membersId]],
  ["Household member", [7, 8], 3],
  ["Your bills", [11, 12, 13]],
  ["Other help", [10, 14]],
];

/** An export as an object; as JSON it is a file that the import takes. */
const demoProgram = {
  program: {
    id: 101,
    adminName: "utility-discount",
    adminDescription: "A made-up program for trying CiviKey",
    externalLink: "",
    displayMode: "PUBLIC",
    localizedName: text("Utility discount (demo)"),
    localizedDescription: text("Lower utility bills for households with low income."),
    blockDefinitions: screens.map(([name, questionIds, repeaterId = null], index) => ({
      ...{ id: index + 1, name, description: name, localizedName: text(name), localizedDescription: text(name) },
      ...{ repeaterId, hidePredicate: null, optionalPredicate: null },
      questionDefinitions: questionIds.map((id) => ({ id, optional: false, addressCorrectionEnabled: false })),
    })),
    programType: "DEFAULT",
    eligibilityIsGating: true,
    ...{ acls: { tiProgramViewAcls: [] }, categories: [], applicationSteps: [], bridgeDefinitions: {} },
  },
  questions: questions.map(([type, name, asked, own, config], index) => ({
    type,
    config: {
      ...{ name, description: "", questionText: text(asked), validationPredicates: { type }, id: index + 1 },
      questionHelpText: { translations: {}, isRequired: false },
      ...{ displayMode: "VISIBLE", universal: false, primaryApplicantInfoTags: [], ...config },
    },
    ...own,
  })),
  duplicateQuestionHandlingOptions: {},
};

/** Programs whose first screens are those of the other. */
const shorter = (id: number, adminName: string, name: string, description: string) => {
  const blockDefinitions = demoProgram.program.blockDefinitions.slice(0, 2);
  const asked = blockDefinitions.flatMap(({ questionDefinitions }) =>
    questionDefinitions.map((question) => question.id),
  );
  const shown = { localizedName: text(name), localizedDescription: text(description) };
  return {
    ...demoProgram,
    program: { ...demoProgram.program, id, adminName, ...shown, blockDefinitions },
    questions: demoProgram.questions.filter(({ config }) => asked.includes(config.id)),
  };
};

/** Every program of the demo. */
export const demoPrograms = [
  demoProgram,
  shorter(102, "child-care", "Child care assistance (demo)", "Help with the cost of child care."),
  shorter(103, "transit-pass", "Transit pass (demo)", "Free rides for households with low income."),
];
