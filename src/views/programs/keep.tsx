import { Html } from "@elysiajs/html";
import type { DescribedProgram } from "../../domain/programs/list.ts";
import { Alert } from "../parts/components.tsx";
import { formPage, type ProvenFormProps } from "../parts/form-page.tsx";
import { formatCount, pluralize } from "../parts/format.ts";
import { Field } from "../parts/forms.tsx";
import { programHref } from "../parts/hrefs.ts";
import { UserText } from "../parts/text.tsx";

/** What the page shows that sets for how long applications are kept. */
export interface KeepProgramPageProps extends ProvenFormProps {
  readonly program: DescribedProgram;
  /** As it was filled in; empty for ever. */
  readonly keepDays: string;
  /** How many applications that would erase, once this has to be confirmed. */
  readonly expired: { readonly count: number; readonly hasMore: boolean } | null;
}

/** Sets it: `POST …/keep`, with `keepDays`, `confirmed` (the same number again), and `currentPassword` when asked. */
export function keepProgramPage(props: KeepProgramPageProps): string {
  const { program, keepDays, expired, problems } = props;
  const href = programHref(program.slug);
  return formPage({
    ...props,
    section: "/admin/programs",
    title: "Keep applications",
    heading: (
      <>
        Keep applications of <UserText text={program.name} />
      </>
    ),
    intro: (
      <>
        <p>
          The server erases applications once a day, after as many full days as you enter here. Nothing brings them
          back.
        </p>
        {expired !== null && (
          <Alert tone="warning">
            {Html.escapeHtml(
              `${formatCount(expired.count)}${expired.hasMore ? " or more" : ""} ${expired.count === 1 ? "application is" : "applications are"} older than ${pluralize(Number(keepDays), "day")}, and will be erased within the hour. To confirm, save again.`,
            )}
          </Alert>
        )}
      </>
    ),
    action: `${href}/keep`,
    fields: (
      <>
        <Field
          name="keepDays"
          label="Days after submission"
          hint="Leave empty to keep applications until somebody erases them."
          narrow
          isNumeric
          optional
          value={keepDays}
          problems={problems.keepDays}
        />
        {expired !== null && <input type="hidden" name="confirmed" value={keepDays} />}
      </>
    ),
    button: expired === null ? "Save" : "Save and erase",
    isDangerous: expired !== null,
    cancel: { href, label: "Cancel" },
  });
}
