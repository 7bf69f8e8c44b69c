import { Html } from "@elysiajs/html";
import type { NarrowingReview } from "../../domain/access/keys/narrow.ts";
import type { WhatIf } from "../../domain/access/usage/what-if.ts";
import { isRecord, toText, toWords } from "../audit/details.tsx";
import { Alert, List } from "../parts/components.tsx";
import { formatCount, pluralize } from "../parts/format.ts";
import { DataTable, Row } from "../parts/tables.tsx";
import { attribute, UserText } from "../parts/text.tsx";
import { type KeyActionProps, keyActionPage } from "./action.tsx";

/** What the page shows that asks whether to change a key as its form says. */
interface ReviewPageProps extends Omit<KeyActionProps, "problems"> {
  readonly review: NarrowingReview;
  /** The form, which is sent again. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

const columns = ["What", "Now", "After"];

/** The page between the form that edits or restricts a key and the change. */
export function reviewPage(props: ReviewPageProps): string {
  const { review } = props;
  return keyActionPage({
    ...props,
    problems: {},
    action: "narrow",
    verb: "Review the changes to",
    intro: (
      <>
        {review.whatIf !== undefined && <Consequence {...review.whatIf} />}
        <p>Changes apply from the next call. Access that you take away can’t be added back to this key.</p>
      </>
    ),
    fields: (
      <>
        {props.fields.map(([name, value]) => (
          <input type="hidden" name={attribute(name)} value={attribute(value)} />
        ))}
        <DataTable caption="Changes" columns={columns}>
          {Object.keys(review.before).map((name) => {
            const [before, after] = [
              textsOf(name, review.before[name], props),
              textsOf(name, review.after[name], props),
            ];
            return (
              <Row columns={columns}>
                <span safe>{names[name] ?? toWords(name)}</span>
                <Texts texts={before} {...(Array.isArray(review.before[name]) && { stay: after })} />
                <Texts texts={after} />
              </Row>
            );
          })}
        </DataTable>
      </>
    ),
    button: "Save changes",
    second: { name: "edit", label: "Keep editing" },
    cancel: "Cancel",
  });
}

const names: Readonly<Record<string, string>> = {
  name: "API key name",
  expiration: "Expiration date",
  subnets: "API key subnet",
  grants: "Allowed programs",
  questions: "Questions",
  renewUntil: "Can replace itself until",
  contactEmail: "Contact e-mail",
  note: "Note",
};

/** A value as the forms word it: programs by name, not by slug. */
function textsOf(name: string, value: unknown, { apiKey, page }: ReviewPageProps): string[] {
  if (name === "questions" && value === "all") return ["All questions"];
  if (!Array.isArray(value)) return [value === null ? "None" : toText(value, page.zone)];
  const programNames = new Map(apiKey.grants.map(({ slug, programName }) => [slug, programName]));
  return value.map((part) => {
    if (!isRecord(part)) return String(part).replace(/^[^:]+(?=: )/, (slug) => programNames.get(slug) ?? slug);
    const slug = String(part.slug);
    return `${programNames.get(slug) ?? slug}: ${part.permission === "WRITE" ? "Write" : "Read"}`;
  });
}

/** The texts, with those crossed out that do not stay; all of them stay unless it is said which. */
function Texts({ texts, stay = texts }: { texts: readonly string[]; stay?: readonly string[] }): JSX.Element {
  return (
    <List>
      {texts.map((text) =>
        stay.includes(text) ? (
          <UserText text={text} />
        ) : (
          <del class="civikey-break" dir="auto" safe>
            {text}
          </del>
        ),
      )}
    </List>
  );
}

/** What the change would have meant for the calls of the last days. */
function Consequence({ callCount, refusedMin, refusedMax }: WhatIf): JSX.Element {
  if (callCount === 0) return <Alert tone="info">This key made no call in the last 30 days.</Alert>;
  const share =
    refusedMin === refusedMax ? formatCount(refusedMin) : `${formatCount(refusedMin)} to ${formatCount(refusedMax)}`;
  return (
    <Alert tone={refusedMax === 0 ? "success" : "warning"}>
      {Html.escapeHtml(`${share} of ${pluralize(callCount, "call")} in the last 30 days would have been refused.`)}
      {refusedMin !== refusedMax && " The exact number isn’t known: not every call was counted by address and program."}
    </Alert>
  );
}
