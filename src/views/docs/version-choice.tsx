import type { DocumentedStage } from "../../domain/openapi/programs.ts";
import { attribute } from "../parts/components.tsx";

/** A program that can be chosen. */
export interface ProgramChoice {
  readonly slug: string;
  readonly name: string;
}

/** The choices, and what is chosen. */
export interface VersionChoiceProps {
  /** Null when there are too many for a list; then a link leads to the search. */
  readonly programs: readonly ProgramChoice[] | null;
  readonly chosen: { readonly slug: string; readonly stage: DocumentedStage };
}

/** The names of the stages. */
export const stageNames: Readonly<Record<DocumentedStage, string>> = {
  active: "Active",
  draft: "Draft",
};

/** The form that leads to the docs of another program or version. */
export function VersionChoice({ programs, chosen }: VersionChoiceProps): JSX.Element {
  return (
    <form class="civikey-chooser" method="get" action="/docs/api/programs">
      {programs === null ? (
        <input type="hidden" name="slug" value={attribute(chosen.slug)} />
      ) : (
        <ProgramField programs={programs} chosen={chosen.slug} />
      )}
      <div class="civikey-chooser__field">
        <label class="civikey-chooser__label" for="select-version">
          Version
        </label>
        <select class="usa-select" id="select-version" name="stage">
          {Object.entries(stageNames).map(([stage, name]) => (
            <option value={stage} selected={stage === chosen.stage} safe>
              {name}
            </option>
          ))}
        </select>
      </div>
      <button type="submit" class="usa-button usa-button--outline">
        Show
      </button>
      {programs === null && (
        <a class="civikey-filter__clear" href="/docs/api#programs">
          Find another program
        </a>
      )}
    </form>
  );
}

function ProgramField(props: { programs: readonly ProgramChoice[]; chosen: string }): JSX.Element {
  return (
    <div class="civikey-chooser__field civikey-chooser__field--wide">
      <label class="civikey-chooser__label" for="select-slug">
        Program
      </label>
      <select class="usa-select" id="select-slug" name="slug">
        {props.programs.map(({ slug, name }) => (
          <option value={attribute(slug)} selected={slug === props.chosen} safe>
            {name === slug ? name : `${name} (${slug})`}
          </option>
        ))}
      </select>
    </div>
  );
}
