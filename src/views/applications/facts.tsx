/** Facts about an application, as every page shows them. */
import { Html } from "@elysiajs/html";
import { Badge, Quiet, UserText } from "../parts/components.tsx";

/** The revision state of an application. */
export function RevisionBadge({ state }: { state: string }): JSX.Element {
  const isCurrent = state === "CURRENT";
  return <Badge tone={isCurrent ? "good" : "ended"} text={isCurrent ? "Current" : "Obsolete"} />;
}

/** A text of the application, or a word for its absence. */
export function TextOr({ text, none }: { text: string | null; none: string }): JSX.Element {
  return text === null ? <Quiet>{Html.escapeHtml(none)}</Quiet> : <UserText text={text} />;
}
