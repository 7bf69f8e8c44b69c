import { Html, type PropsWithChildren } from "@elysiajs/html";
import type { ApiKey } from "../../domain/access/keys/find.ts";
import { Fact, Facts } from "../parts/facts.tsx";
import { type FormProps, formPage } from "../parts/form-page.tsx";
import { keyHref } from "../parts/hrefs.ts";
import type { AskedProof } from "../parts/password-fields.tsx";
import { UserText } from "../parts/text.tsx";
import { Expires, LastUsed } from "./facts.tsx";
import { ProgramNames } from "./grants.tsx";

/** What every page shows that changes one key. */
export interface KeyActionProps extends FormProps {
  readonly apiKey: ApiKey;
}

/** A page that changes one key: `POST /admin/apiKeys/:id/ACTION`. */
export function keyActionPage(
  props: KeyActionProps & {
    action: "retire" | "rotate" | "narrow" | "dismiss";
    /** Before the key's name, such as `Rotate`. */
    verb: string;
    intro: PropsWithChildren["children"];
    fields: PropsWithChildren["children"];
    proof?: AskedProof | null;
    isDangerous?: boolean;
    button: string;
    second?: { readonly name: string; readonly label: string };
    cancel: string;
  },
): string {
  const { apiKey, verb, action, isDangerous = false } = props;
  const href = keyHref(apiKey.id);
  return formPage({
    ...props,
    section: "/admin/apiKeys",
    title: `${verb} API key`,
    heading: (
      <>
        {Html.escapeHtml(verb)} <UserText text={apiKey.name} />
        {isDangerous && "?"}
      </>
    ),
    action: `${href}/${action}`,
    cancel: { href, label: props.cancel },
  });
}

/** What tells a key from others, on a page that changes it, and the children. */
export function KeySummary(props: PropsWithChildren<Pick<KeyActionProps, "apiKey" | "page">>): JSX.Element {
  const { apiKey, page } = props;
  return (
    <Facts wide>
      <Fact name="Key ID" code={apiKey.keyId} />
      <Fact name="Programs">
        <ProgramNames apiKey={apiKey} />
      </Fact>
      <Expires apiKey={apiKey} page={page} />
      <LastUsed apiKey={apiKey} page={page} />
      {props.children}
    </Facts>
  );
}
