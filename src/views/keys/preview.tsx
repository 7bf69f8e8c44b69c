/** What a new key will be able to do, as far as its form is filled in. */
import { Html } from "@elysiajs/html";
import type { PreviewedSubnet } from "../../domain/access/keys/fields.ts";
import { formatRange } from "../../lib/net/subnets.ts";
import { Checkbox } from "../parts/choice.tsx";
import { type Clock, formatAddressCount, formatDate, formatTimeUntil, pluralize } from "../parts/format.ts";
import { Problems } from "../parts/forms.tsx";
import { toHtml } from "../parts/layout.tsx";
import { Code, UserText } from "../parts/text.tsx";

/** What is known of the key by now. */
export interface KeyPreviewProps {
  readonly page: Clock;
  readonly readCount: number;
  /** The programs whose questions are limited, such as `childcare: only income`. */
  readonly questions: readonly string[];
  readonly writeCount: number;
  readonly subnets: readonly PreviewedSubnet[];
  /** Undefined without a day that is allowed. */
  readonly expiration: Date | undefined;
  /** The subnets to be confirmed, as the form sends them; empty when there are none. */
  readonly toConfirm: string;
  readonly isConfirmed: boolean;
  /** Who gets an e-mail before the key expires; null when e-mail is not configured. */
  readonly emailed: readonly string[] | null;
  readonly hasWebhook: boolean;
  readonly problems?: readonly string[] | undefined;
}

/** The part of the new-key form that follows what is filled in, for htmx. */
export function keyPreviewFragment(props: KeyPreviewProps): string {
  return toHtml(<KeyPreview {...props} />);
}

/** Says what the key will be able to do, and asks about subnets that may not be meant. */
export function KeyPreview(props: KeyPreviewProps): JSX.Element {
  return (
    <aside
      class="civikey-preview"
      id="key_preview"
      aria-labelledby="key_preview_title"
      hx-post="/admin/apiKeys/new/preview"
      hx-trigger="input from:#new_key delay:300ms"
      hx-sync="this:replace"
      hx-swap="outerMorph"
    >
      <h2 id="key_preview_title">This key</h2>
      <p>{describeAccess(props)}</p>
      {props.questions.length > 0 && (
        <ul class="civikey-preview__list">
          {props.questions.map((words) => (
            <li>
              <UserText text={words} />
            </li>
          ))}
        </ul>
      )}
      <Origins subnets={props.subnets} />
      <p>{describeEnd(props)}</p>
      {props.toConfirm !== "" && <Confirmation {...props} />}
      <p class="civikey-quiet">{describeWarnings(props)}</p>
    </aside>
  );
}

function describeAccess({ readCount, writeCount, questions }: KeyPreviewProps): JSX.Element {
  if (readCount + writeCount === 0) return <>Can’t do anything yet. Choose a program.</>;
  return (
    <>
      Can{" "}
      {readCount > 0 && (
        <>
          <strong>read</strong> {Html.escapeHtml(pluralize(readCount, "program"))}
          {questions.length === 0 ? ", all questions" : ", some questions only"}
        </>
      )}
      {readCount > 0 && writeCount > 0 && ", and "}
      {writeCount > 0 && (
        <>
          <strong>write</strong> to {Html.escapeHtml(pluralize(writeCount, "program"))}
        </>
      )}
    </>
  );
}

const rangesShown = 5;

function Origins({ subnets }: Pick<KeyPreviewProps, "subnets">): JSX.Element {
  if (subnets.length === 0) return <p>No address can use it yet.</p>;
  return (
    <>
      <p>From</p>
      <ul class="civikey-preview__list">
        {subnets.slice(0, rangesShown).map(({ subnet }) => (
          <li>
            <strong safe>{formatAddressCount(subnet.text)}</strong> (<Code text={formatRange(subnet)} />)
          </li>
        ))}
        {subnets.length > rangesShown && (
          <li safe>{`and ${pluralize(subnets.length - rangesShown, "more subnet")}`}</li>
        )}
      </ul>
    </>
  );
}

function describeEnd({ page, expiration }: KeyPreviewProps): JSX.Element {
  if (expiration === undefined) return <>No expiration date yet.</>;
  return (
    <>
      Until <strong safe>{formatDate(expiration, page.zone)}</strong>{" "}
      {Html.escapeHtml(`(${formatTimeUntil(expiration, page.now)}).`)}
    </>
  );
}

function Confirmation({ subnets, toConfirm, isConfirmed, problems = [] }: KeyPreviewProps): JSX.Element {
  return (
    <div class={`civikey-preview__confirm${problems.length > 0 ? " usa-form-group--error" : ""}`}>
      <ul class="civikey-preview__list">
        {subnets.map(({ subnet, typed, isBroad }) => (
          <>
            {typed !== null && (
              <li>
                <Code text={typed} /> becomes <Code text={subnet.text} />.
              </li>
            )}
            {isBroad && (
              <li>
                <Code text={subnet.text} /> is a large network: {Html.escapeHtml(formatAddressCount(subnet.text))}.
              </li>
            )}
          </>
        ))}
      </ul>
      <Problems name="confirmSubnets" problems={problems} />
      <Checkbox name="confirmSubnets" value={toConfirm} isChecked={isConfirmed} describedBy="confirmSubnets_problems">
        These subnets are what I want
      </Checkbox>
    </div>
  );
}

/** Said of a key where neither e-mail nor the alert webhook is configured. */
export const nobodyIsWarned =
  "Nobody will be warned before it expires: neither e-mail nor a webhook is configured." as const;

function describeWarnings({ emailed, hasWebhook }: KeyPreviewProps): JSX.Element {
  const before = "30, 7 and 1 days before it expires";
  if (emailed === null && !hasWebhook) return <>{nobodyIsWarned}</>;
  return (
    <>
      {emailed !== null && (
        <>
          <UserText text={emailed.join(" and ")} /> {emailed.length === 1 ? "gets" : "get"} an e-mail {before}.{" "}
        </>
      )}
      {hasWebhook && <>The alert webhook is called {before}.</>}
    </>
  );
}
