import { questionsField } from "../../domain/access/keys/question-form.ts";
import type { ProgramOffer } from "../../domain/programs/grantable.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { ChoiceGroup } from "../parts/choice.tsx";
import { pluralize } from "../parts/format.ts";
import { toHtml } from "../parts/layout.tsx";
import { summarizeList } from "../parts/list-summary.ts";
import { attribute } from "../parts/text.tsx";
import { ProgramRow } from "./program-row.tsx";
import type { OfferedQuestions } from "./question-choice.tsx";

/** More programs than this scroll in a window of their own. */
const openMax = 12;

/** The programs to choose from, and the permissions chosen so far. */
interface ProgramChoiceProps {
  readonly offer: ProgramOffer;
  /** The search for programs, when there are many; empty for the first ones. */
  readonly programSearch: string;
  /** The slugs that are checked. */
  readonly read: ReadonlySet<string>;
  readonly write: ReadonlySet<string>;
  /** The programs whose questions are limited, by slug. */
  readonly questions: ReadonlyMap<string, OfferedQuestions>;
}

/**
 * One row for each program, with a box to read and one to write. Where there are many, those that are
 * chosen, and a search for others.
 */
export function ProgramChoice(props: ProgramChoiceProps & { problems: FieldProblems }): JSX.Element {
  const { offer } = props;
  return (
    <ChoiceGroup
      name="grants"
      legend="Allowed programs"
      hint="Read gives the key a program’s applications. Write lets it submit applications and set their status. Check both if the system needs both."
      problems={props.problems.grants}
    >
      {offer.areMany ? (
        <>
          <ProgramFinder search={props.programSearch} />
          <Rows {...props} programs={offer.chosen} id="programs_chosen" />
          <FoundPrograms {...props} />
        </>
      ) : (
        <Rows {...props} programs={offer.found} inWindow={offer.found.length > openMax} />
      )}
    </ChoiceGroup>
  );
}

/** The part of the new-key form that changes with the search for programs, for htmx. */
export function foundProgramsFragment(props: Omit<ProgramChoiceProps, "read" | "write" | "questions">): string {
  return toHtml(<FoundPrograms {...props} read={new Set()} write={new Set()} questions={new Map()} />);
}

function Rows(
  props: ProgramChoiceProps & {
    problems?: FieldProblems;
    programs: ProgramOffer["found"];
    id?: string;
    inWindow?: boolean;
  },
): JSX.Element {
  return (
    <ul class={props.inWindow ? "civikey-programs civikey-programs--many" : "civikey-programs"} id={props.id}>
      {props.programs.map((program) => (
        <ProgramRow
          program={program}
          read={props.read.has(program.slug)}
          write={props.write.has(program.slug)}
          questions={{
            offered: props.questions.get(program.slug),
            problems: props.problems?.[questionsField(program.slug)],
            opens: { formTo: "/admin/apiKeys/new" },
          }}
        />
      ))}
    </ul>
  );
}

/** Where a form comes back after a search without scripts; HTML allows it on every element, the JSX types do not yet. */
const focusFirst = { autofocus: true };

/**
 * Without scripts the whole form goes to a page that comes back with all that was filled in; with
 * them nothing but the search is sent. It is the form's first button, so that Enter never creates.
 */
function ProgramFinder({ search }: { search: string }): JSX.Element {
  return (
    <div class="civikey-find">
      <label class="usa-label" for="program_search">
        Find a program
      </label>
      <div class="civikey-search">
        <input
          class="usa-input civikey-search__text"
          type="search"
          id="program_search"
          name="programSearch"
          value={attribute(search)}
          placeholder="Name or slug"
          autocomplete="off"
          spellcheck="false"
          {...(search === "" ? {} : focusFirst)}
        />
        <button
          type="submit"
          class="usa-button usa-button--outline"
          formaction="/admin/apiKeys/new"
          hx-get="/admin/apiKeys/new"
          hx-include="#program_search"
          hx-trigger="click, input changed delay:250ms from:#program_search"
          hx-sync="this:replace"
          hx-target="#programs_found"
          hx-swap="outerMorph"
          hx-indicator="#busy"
        >
          Search
        </button>
      </div>
    </div>
  );
}

function FoundPrograms(props: ProgramChoiceProps & { problems?: FieldProblems }): JSX.Element {
  const summary = summaryOf(props);
  return (
    <div id="programs_found" data-announce={attribute(summary)}>
      <p class="civikey-quiet" data-outcome safe>
        {summary}
      </p>
      {props.offer.found.length > 0 && <Rows {...props} programs={props.offer.found} inWindow />}
    </div>
  );
}

/** What the search found, in one sentence. */
function summaryOf({ offer, programSearch }: ProgramChoiceProps): string {
  const { found, foundCount } = offer;
  const some = foundCount > found.length ? `The first ${found.length} of ` : "";
  return summarizeList({
    count: foundCount,
    noun: "other program",
    shown: `${some}${pluralize(foundCount, "program")}`,
    search: programSearch,
  });
}
