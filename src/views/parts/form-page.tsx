import { Html, type PropsWithChildren } from "@elysiajs/html";
import type { FieldProblems } from "../../lib/errors.ts";
import { attribute } from "./components.tsx";
import { ErrorSummary, formTitle } from "./forms.tsx";
import { Layout, type PageContext, toHtml } from "./layout.tsx";

/** A page that is one form: a heading, the problems, the fields and the button that sends them. */
export interface FormPage {
  readonly page: PageContext;
  /** The `href` of the navigation entry that the page belongs to. */
  readonly section?: string;
  /** The title in the browser. */
  readonly title: string;
  /** The heading, when it says more than the title. */
  readonly heading?: PropsWithChildren["children"];
  readonly problems?: FieldProblems;
  /** Between the heading and the form. */
  readonly intro?: PropsWithChildren["children"];
  readonly action: string;
  readonly fields: PropsWithChildren["children"];
  readonly button: string;
  readonly isDangerous?: boolean;
  /** The way back without sending the form. */
  readonly cancel?: { readonly href: string; readonly label: string };
}

/** Draws a form page. It has no htmx: the form is a plain `POST`, and its answer a page. */
export function formPage(props: FormPage): string {
  const { page, title, problems = {}, cancel } = props;
  return toHtml(
    <Layout page={page} title={formTitle(title, problems)} section={props.section} htmx={false}>
      <div class="civikey-narrow-page">
        <ErrorSummary problems={problems} />
        <h1>{props.heading ?? Html.escapeHtml(title)}</h1>
        {props.intro}
        <form class="civikey-form" method="post" action={attribute(props.action)} novalidate>
          {props.fields}
          <div class="civikey-actions">
            <button type="submit" class={props.isDangerous ? "usa-button usa-button--secondary" : "usa-button"} safe>
              {props.button}
            </button>
            {cancel !== undefined && (
              <a href={attribute(cancel.href)} safe>
                {cancel.label}
              </a>
            )}
          </div>
        </form>
      </div>
    </Layout>,
  );
}
