import { Html, type PropsWithChildren } from "@elysiajs/html";
import type { FieldProblems } from "../../lib/errors.ts";
import { attribute, Back } from "./components.tsx";
import { ErrorSummary, formTitle } from "./forms.tsx";
import { Layout, type PageContext, toHtml } from "./layout.tsx";
import { type AskedProof, ProofAgain } from "./password-fields.tsx";

/** A page that is one form: a heading, the problems, the fields and the button that sends them. */
interface FormPage {
  readonly page: PageContext;
  /** The `href` of the navigation entry that the page belongs to. */
  readonly section?: string;
  /** The way to the page above. */
  readonly back?: { readonly href: string; readonly name: string };
  /** The title in the browser. */
  readonly title: string;
  /** The heading, when it says more than the title. */
  readonly heading?: PropsWithChildren["children"];
  readonly problems?: FieldProblems;
  /** Between the heading and the form. */
  readonly intro?: PropsWithChildren["children"];
  /** Beside the fields; in a narrow window between them and the button. */
  readonly beside?: PropsWithChildren["children"];
  /** Below the form. */
  readonly after?: PropsWithChildren["children"];
  /** The page has buttons for passkeys. */
  readonly passkeys?: boolean;
  readonly formId?: string;
  readonly action: string;
  /** Null for a page that says, in place of a form, what has to be done first. */
  readonly fields: PropsWithChildren["children"];
  /** Asks who it is as well. */
  readonly proof?: AskedProof | null;
  /** Null for a form that has a button among its fields. */
  readonly button: string | null;
  readonly buttonId?: string;
  /** Another button beside it, which is sent as `name`. */
  readonly second?: { readonly name: string; readonly label: string };
  readonly isDangerous?: boolean;
  /** What the button says while a file is sent; without it, the form has no file. */
  readonly busy?: string;
  /** The way back without sending the form. */
  readonly cancel?: { readonly href: string; readonly label: string };
}

/** Draws a form page. */
export function formPage(props: FormPage): string {
  const { page, title, problems = {}, back } = props;
  const passkeys = props.passkeys ?? props.proof?.hasPasskey ?? false;
  return toHtml(
    <Layout page={page} title={formTitle(title, problems)} section={props.section} passkeys={passkeys}>
      <div class={props.beside ? "civikey-wide-page" : "civikey-narrow-page"}>
        {back !== undefined && <Back {...back} />}
        <ErrorSummary problems={problems} />
        <h1>{props.heading ?? Html.escapeHtml(title)}</h1>
        {props.intro}
        {props.fields !== null && <Form {...props} />}
        {props.after}
      </div>
    </Layout>,
  );
}

function Form(props: FormPage): JSX.Element {
  const { page, action, problems = {}, proof = null, cancel, busy } = props;
  const upload = busy === undefined ? {} : { enctype: "multipart/form-data", "data-busy": attribute(busy) };
  return (
    <form
      class={props.beside ? "civikey-form civikey-form--beside" : "civikey-form"}
      id={props.formId}
      method="post"
      action={attribute(action)}
      {...upload}
      novalidate
    >
      {props.beside ? <div>{props.fields}</div> : props.fields}
      {props.beside}
      {proof !== null && <ProofAgain page={page} proof={proof} problems={problems} />}
      <div class="civikey-actions">
        {props.button !== null && (
          <button
            type="submit"
            class={props.isDangerous ? "usa-button usa-button--secondary" : "usa-button"}
            id={props.buttonId}
            safe
          >
            {props.button}
          </button>
        )}
        {props.second !== undefined && (
          <button type="submit" class="usa-button usa-button--outline" name={props.second.name} value="true" safe>
            {props.second.label}
          </button>
        )}
        {cancel !== undefined && (
          <a href={attribute(cancel.href)} safe>
            {cancel.label}
          </a>
        )}
      </div>
    </form>
  );
}
