import type { NamedGrant } from "../../domain/access/keys/find.ts";
import { questionsField } from "../../domain/access/keys/question-form.ts";
import { localDate } from "../../lib/time/times.ts";
import { ChoiceGroup } from "../parts/choice.tsx";
import { formatDateTime, formatZone, isoDateAfter } from "../parts/format.ts";
import { Field } from "../parts/forms.tsx";
import { type KeyActionProps, keyActionPage } from "./action.tsx";
import type { NewApiKeyValues } from "./create.tsx";
import { ContactAndNote, RenewalField } from "./fields.tsx";
import { ProgramRow } from "./program-row.tsx";

/** What the page that edits or restricts a key shows; the problems are those of a new key. */
interface NarrowApiKeyPageProps extends KeyActionProps {
  /** The form: what the key keeps. */
  readonly values: NewApiKeyValues;
}

/** The page that edits or restricts a key: `POST /admin/apiKeys/:id/narrow`. */
export function narrowApiKeyPage(props: NarrowApiKeyPageProps): string {
  const { apiKey, values, problems } = props;
  return keyActionPage({
    ...props,
    action: "narrow",
    verb: "Edit or restrict",
    intro: (
      <p>
        You can rename this key or reduce its access. You review the changes before they apply. To grant more, create a
        new key.
      </p>
    ),
    fields: (
      <>
        {/* Scripts send none, and are not asked again. */}
        <input type="hidden" name="formToken" value="review" />
        <Field name="keyName" label="API key name" value={values.keyName} required problems={problems.keyName} />
        <Expiration {...props} />
        <Field
          name="subnet"
          label="API key subnet"
          hint="Remove subnets or make them smaller. You can’t add any."
          rows={Math.min(apiKey.subnets.length + 1, 10)}
          value={values.subnet}
          required
          problems={problems.subnet}
        />
        <GrantsToKeep {...props} />
        <ContactAndNote values={values} problems={problems} />
        {apiKey.renewUntil !== null && (
          <RenewalField
            value={values.renewUntil ?? ""}
            min={isoDateAfter(1, props.page)}
            max={localDate(apiKey.renewUntil, props.page.zone)}
            problems={problems.renewUntil}
          />
        )}
      </>
    ),
    button: "Review changes",
    cancel: "Cancel",
  });
}

function Expiration({ page, apiKey, values, problems }: NarrowApiKeyPageProps): JSX.Element {
  const latest = localDate(apiKey.expiration, page.zone);
  const tomorrow = isoDateAfter(1, page);
  return (
    <Field
      name="expiration"
      label="Expiration date"
      hint={`The key expires on ${formatDateTime(apiKey.expiration, page.zone)}. To end it sooner, choose an earlier date: it stops working when that day starts (${formatZone(page)}).`}
      type="date"
      narrow
      value={values.expiration}
      {...(tomorrow <= latest ? { min: tomorrow } : {})}
      max={latest}
      required
      problems={problems.expiration}
    />
  );
}

function GrantsToKeep({ apiKey, values, problems }: NarrowApiKeyPageProps): JSX.Element {
  const grantsBySlug = Map.groupBy(apiKey.grants, ({ slug }) => slug);
  return (
    <ChoiceGroup
      name="grants"
      legend="Allowed programs"
      hint="Clear the programs this key should no longer read or write."
      problems={problems.grants}
    >
      <ul class="civikey-programs">
        {[...grantsBySlug].map(([slug, held]) => (
          <ProgramRow
            program={{ slug, name: held[0]?.programName ?? slug }}
            read={keptOf(held, "READ", values.read)}
            write={keptOf(held, "WRITE", values.write)}
            questions={
              held.some(({ permission }) => permission === "READ")
                ? {
                    offered: values.offeredQuestions.get(slug),
                    problems: problems[questionsField(slug)],
                    opens: { href: `/admin/apiKeys/${apiKey.id}/narrow?choose=${slug}` },
                  }
                : undefined
            }
          />
        ))}
      </ul>
    </ChoiceGroup>
  );
}

/** Whether the key keeps a permission that it has; null for one that it does not have. */
function keptOf(
  held: readonly NamedGrant[],
  permission: NamedGrant["permission"],
  kept: ReadonlySet<string>,
): boolean | null {
  const grant = held.find((one) => one.permission === permission);
  return grant === undefined ? null : kept.has(grant.slug);
}
