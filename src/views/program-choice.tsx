import { Badge, Name } from "./components.tsx";
import { Problems } from "./forms.tsx";

/** A program that a key may be granted. */
export interface GrantableProgram {
  readonly name: string;
  readonly slug: string;
  /** Whether it has an active version; a key may be prepared before its program is published. */
  readonly isPublished: boolean;
}

/** From this many programs on, the list has a window of its own, and a field to find one. */
const filterFrom = 12;

/** Ids of the page that a slug could have too. All others hold an underscore or a capital, which no slug does. */
const takenIds = new Set(["expiration", "subnet", "note", "grants", "main", "busy", "announcer"]);

/** One row for each program, with a checkbox to read and one to write. The fields are CiviForm's. */
export function ProgramChoice(props: {
  programs: readonly GrantableProgram[];
  read: ReadonlySet<string>;
  write: ReadonlySet<string>;
  problems: readonly string[];
}): JSX.Element {
  const { programs, problems } = props;
  const areMany = programs.length >= filterFrom;
  const isWrong = problems.length > 0;
  return (
    <fieldset
      class={`usa-fieldset usa-form-group${isWrong ? " usa-form-group--error" : ""}`}
      id="grants"
      tabindex="-1"
      aria-describedby={isWrong ? "grants_hint grants_problems" : "grants_hint"}
    >
      <legend class="usa-label civikey-legend">Allowed programs</legend>
      <p class="usa-hint civikey-hint" id="grants_hint">
        Check a program to let the key read its applications. Write lets it submit applications and
        set their status. Neither includes the other.
      </p>
      <Problems name="grants" problems={problems} />
      {areMany && <ProgramFilter />}
      <ul
        class={areMany ? "civikey-programs civikey-programs--many" : "civikey-programs"}
        id="program_list"
      >
        {programs.map((program) => (
          <ProgramRow
            program={program}
            read={props.read.has(program.slug)}
            write={props.write.has(program.slug)}
          />
        ))}
      </ul>
    </fieldset>
  );
}

function ProgramFilter(): JSX.Element {
  return (
    <div class="civikey-find" data-offers hidden>
      <label class="usa-label" for="program_filter">
        Find a program
      </label>
      <input
        class="usa-input"
        type="search"
        id="program_filter"
        data-filters="program_list"
        autocomplete="off"
      />
    </div>
  );
}

function ProgramRow(props: {
  program: GrantableProgram;
  read: boolean;
  write: boolean;
}): JSX.Element {
  const { name, slug, isPublished } = props.program;
  const id = takenIds.has(slug) ? `program_${slug}` : slug;
  return (
    <li class="civikey-program">
      <div class="usa-checkbox">
        <input
          class="usa-checkbox__input"
          type="checkbox"
          id={id}
          name={`grant-program-read[${slug}]`}
          value="true"
          checked={props.read}
        />
        <label class="usa-checkbox__label" id={`label_${slug}`} for={id}>
          <Name text={name} />
        </label>
        <p class="civikey-program__slug">
          <span safe>{slug}</span>{" "}
          {!isPublished && <Badge tone="neutral" text="Not published yet" />}
        </p>
      </div>
      <div class="usa-checkbox">
        <input
          class="usa-checkbox__input"
          type="checkbox"
          id={`write_${slug}`}
          name={`grant-program-write[${slug}]`}
          value="true"
          checked={props.write}
          aria-describedby={`label_${slug}`}
        />
        <label class="usa-checkbox__label" for={`write_${slug}`}>
          Write
        </label>
      </div>
    </li>
  );
}
