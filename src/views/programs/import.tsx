import { Checkbox } from "../parts/choice.tsx";
import { type FormProps, formPage } from "../parts/form-page.tsx";
import { Field } from "../parts/forms.tsx";

/** What the page that imports a program shows; the problems are those of `export`. */
interface ImportProgramPageProps extends FormProps {
  /** Whether "Publish immediately" is checked. */
  readonly publish: boolean;
  /** The size limit of the file. */
  readonly bytesMax: number;
}

/** The form that uploads CiviForm's program export to `POST /admin/programs`. */
export function importProgramPage({ page, publish, problems, bytesMax }: ImportProgramPageProps): string {
  return formPage({
    page,
    section: "/admin/programs",
    back: { href: "/admin/programs", name: "Programs" },
    title: "Import program",
    problems,
    intro: (
      <p>
        In CiviForm, open the program’s menu, choose “Export program” and save the JSON file. Then import it here. If
        the program already exists, the file replaces its draft. If only IDs changed, nothing is imported.
      </p>
    ),
    action: "/admin/programs",
    fields: (
      <>
        <Field
          name="export"
          label="Program export"
          hint={`A JSON file of up to ${bytesMax / 2 ** 20} MiB.`}
          type="file"
          accept=".json,application/json"
          bytesMax={bytesMax}
          problems={problems.export}
          required
        />
        <div class="usa-form-group">
          <Checkbox name="publish" isChecked={publish} describedBy="publish_hint">
            Publish immediately
          </Checkbox>
          <p class="usa-hint civikey-hint civikey-hint--checkbox" id="publish_hint">
            Otherwise it’s saved as a draft for review.
          </p>
        </div>
      </>
    ),
    button: "Import",
    busy: "Importing…",
    cancel: { href: "/admin/programs", label: "Cancel" },
  });
}
