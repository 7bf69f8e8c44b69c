import { type FormProps, formPage } from "../parts/form-page.tsx";
import type { AskedProof } from "../parts/password-fields.tsx";

/** Asks who it is before a page that changes how the person signs in: `POST` to itself, then on to `next`. */
export function confirmPage(
  props: FormProps & {
    /** A path of this site that the handler has checked. */
    next: string;
    proof: AskedProof;
  },
): string {
  const { next, proof } = props;
  return formPage({
    ...props,
    title: "Before you continue",
    action: `/admin/account/secondFactor/confirm?next=${encodeURIComponent(next)}`,
    fields: "",
    button: proof.hasPassword || proof.provider !== null ? "Continue" : null,
    cancel: { href: "/admin/account", label: "Cancel" },
  });
}
