import { Html, type PropsWithChildren } from "@elysiajs/html";
import type { FieldProblems } from "../../lib/errors.ts";
import { SubmitButton } from "./buttons.tsx";
import { ErrorSummary, formTitle } from "./forms.tsx";
import { Layout, type LayoutProps, type PageContext, toHtml } from "./layout.tsx";
import { type AskedProof, ProofAgain } from "./password-fields.tsx";
import { attribute, Back } from "./text.tsx";

type Content = PropsWithChildren["children"];

/** What the page of a form shows besides its fields. */
export interface FormProps {
  readonly page: PageContext;
  /** By field. */
  readonly problems: FieldProblems;
}

/** The same of a form that may ask again who it is. */
export interface ProvenFormProps extends FormProps {
  readonly proof: AskedProof | null;
}

/** A page of one column: a heading, and what is below it. */
interface NarrowPage extends LayoutProps {
  /** The way to the page above. */
  readonly back?: { readonly href: string; readonly name: string };
  /** The heading, when it says more than the title. */
  readonly heading?: Content;
  readonly problems?: FieldProblems;
  /** It has something beside its column. */
  readonly isWide?: boolean;
  readonly content: Content;
}

/** Draws a page of one column. */
export function narrowPage(props: NarrowPage): string {
  const { title, problems = {}, back, isWide = false, content, heading, ...layout } = props;
  return toHtml(
    <Layout {...layout} title={formTitle(title, problems)}>
      <div class={isWide ? "civikey-wide-page" : "civikey-narrow-page"}>
        {back !== undefined && <Back {...back} />}
        <ErrorSummary problems={problems} />
        <h1>{heading ?? Html.escapeHtml(title)}</h1>
        {content}
      </div>
    </Layout>,
  );
}

/** A page that is one form: a heading, the problems, the fields and the button that sends them. */
interface FormPage extends Omit<NarrowPage, "page" | "content" | "isWide"> {
  readonly page: PageContext;
  /** Between the heading and the form. */
  readonly intro?: Content;
  /** Beside the fields; in a narrow window between them and the button. */
  readonly beside?: Content;
  /** Below the form. */
  readonly after?: Content;
  readonly formId?: string;
  readonly action: string;
  /** Null for a page that says, in place of a form, what has to be done first. */
  readonly fields: Content;
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
  return narrowPage({
    ...props,
    passkeys: props.passkeys ?? props.proof?.hasPasskey ?? false,
    isWide: props.beside !== undefined,
    content: (
      <>
        {props.intro}
        {props.fields !== null && <Form {...props} />}
        {props.after}
      </>
    ),
  });
}

function Form(props: FormPage): JSX.Element {
  const { page, action, problems = {}, proof = null, button, second, cancel, busy } = props;
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
        {button !== null && (
          <SubmitButton text={button} look={props.isDangerous ? "danger" : "main"} id={props.buttonId} />
        )}
        {second !== undefined && <SubmitButton text={second.label} look="outline" name={second.name} value="true" />}
        {cancel !== undefined && (
          <a href={attribute(cancel.href)} safe>
            {cancel.label}
          </a>
        )}
      </div>
    </form>
  );
}
