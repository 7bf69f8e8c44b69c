import type { DocumentedStage } from "../../domain/openapi/documented-program.ts";
import type { Program } from "../../domain/programs/find.ts";
import { SubmitButton } from "../parts/buttons.tsx";
import { Field } from "../parts/forms.tsx";
import { attribute } from "../parts/text.tsx";

/** The choices, and what is chosen. */
export interface VersionChoiceProps {
  /** Null when there are too many for a list; then a link leads to the search. */
  readonly programs: readonly Pick<Program, "slug" | "name">[] | null;
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
    <form class="civikey-filter" method="get" action="/docs/api/programs">
      {programs === null ? (
        <input type="hidden" name="slug" value={attribute(chosen.slug)} />
      ) : (
        <Field
          name="slug"
          id="select-slug"
          label="Program"
          options={programs.map(({ slug, name }) => [slug, name === slug ? name : `${name} (${slug})`] as const)}
          value={chosen.slug}
        />
      )}
      <Field
        name="stage"
        id="select-version"
        label="Version"
        options={Object.entries(stageNames)}
        value={chosen.stage}
      />
      <SubmitButton text="Show" look="outline" />
      {programs === null && (
        <a class="civikey-filter__link" href="/docs/api#programs">
          Find another program
        </a>
      )}
    </form>
  );
}
