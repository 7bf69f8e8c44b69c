/** Facts about an application, as every page shows them. */

import { Html } from "@elysiajs/html";
import type { ActingKey } from "../../domain/applications/acting-key.ts";
import { Badge } from "../parts/components.tsx";
import { keyHref } from "../parts/hrefs.ts";
import type { PageContext } from "../parts/layout.tsx";
import { NameLink, Quiet, UserText } from "../parts/text.tsx";

/** The revision state of an application. */
export function RevisionBadge({ state }: { state: string }): JSX.Element {
  const isCurrent = state === "CURRENT";
  return <Badge tone={isCurrent ? "good" : "ended"} text={isCurrent ? "Current" : "Obsolete"} />;
}

/** The key that did something to an application, linked for people who may see it. */
export function KeyName({ apiKey, page }: { apiKey: ActingKey; page: PageContext }): JSX.Element {
  const { id, name, holdsGrant } = apiKey;
  const isVisible = holdsGrant || page.may("see keys", "all");
  return isVisible ? <NameLink href={keyHref(id)} name={name} /> : <UserText text={name} />;
}

/** A text of the application, or a word for its absence. */
export function TextOr({ text, none }: { text: string | null; none: string }): JSX.Element {
  return text === null ? <Quiet>{Html.escapeHtml(none)}</Quiet> : <UserText text={text} />;
}
