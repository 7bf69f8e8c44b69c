import type { FieldProblems } from "../../lib/errors.ts";
import { Checkbox } from "../parts/choice.tsx";
import { Back, PageHeading } from "../parts/components.tsx";
import { ErrorSummary, Field, formTitle } from "../parts/forms.tsx";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";

/** What the page that imports a program shows. */
export interface ImportProgramPageProps {
  readonly page: PageContext;
  /** Whether "Publish immediately" is checked. */
  readonly publish: boolean;
  /** By field: `export`. */
  readonly problems: FieldProblems;
  /** The size limit of the file. */
  readonly bytesMax: number;
}

/** The form that uploads CiviForm's program export to `POST /admin/programs`. */
export function importProgramPage(props: ImportProgramPageProps): string {
  const { page, problems } = props;
  const title = "Import program";
  return toHtml(
    <Layout page={page} title={formTitle(title, problems)} section="/admin/programs">
      <Back href="/admin/programs" name="Programs" />
      <ErrorSummary problems={problems} />
      <PageHeading title={title} />
      <p>
        In CiviForm, open the program’s menu, choose “Export program” and save the JSON file. Then import it here. If
        the program already exists, the file replaces its draft. If only IDs changed, nothing is imported.
      </p>
      <ImportForm {...props} />
    </Layout>,
  );
}

function ImportForm({ publish, problems, bytesMax }: ImportProgramPageProps): JSX.Element {
  return (
    <form
      class="civikey-form"
      method="post"
      action="/admin/programs"
      enctype="multipart/form-data"
      data-busy="Importing…"
      novalidate
    >
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
      <div class="civikey-actions">
        <button type="submit" class="usa-button">
          Import
        </button>
        <a href="/admin/programs">Cancel</a>
      </div>
    </form>
  );
}
