import { Choice } from "../parts/choice.tsx";
import type { ProvenFormProps } from "../parts/form-page.tsx";
import { formatDateTime } from "../parts/format.ts";
import { attribute } from "../parts/text.tsx";
import { type KeyActionProps, KeySummary, keyActionPage } from "./action.tsx";
import { ExpirationField } from "./fields.tsx";

/** How long the old key may still work. */
interface GraceOption {
  readonly name: string;
  readonly ms: number;
}

/** What the page that rotates a key shows; the problems are those of `expiration`, `grace`, `currentPassword`. */
interface RotateApiKeyPageProps extends KeyActionProps, ProvenFormProps {
  readonly graces: readonly GraceOption[];
  readonly values: { readonly expiration: string; readonly grace: string; readonly formToken?: string };
  /** The latest expiration that is allowed, as `YYYY-MM-DD`; null without a limit. */
  readonly latestExpiration: string | null;
}

/**
 * The page before rotating a key: a plain `POST /admin/apiKeys/:id/rotate`, so that the answer, which
 * has the successor's credentials, never meets htmx. Its token leads a reload of that answer to the successor's page.
 */
export function rotateApiKeyPage(props: RotateApiKeyPageProps): string {
  const { page, apiKey, values, problems } = props;
  return keyActionPage({
    ...props,
    action: "rotate",
    verb: "Rotate",
    intro: (
      <>
        <p>
          Rotating creates a new key with the same name, subnets and programs, and new credentials. The old key can keep
          working for a while, so that its users have time to switch.
        </p>
        <KeySummary apiKey={apiKey} page={page} />
      </>
    ),
    fields: (
      <>
        <input type="hidden" name="formToken" value={attribute(values.formToken ?? "")} />
        <ExpirationField
          page={page}
          label="Expiration date of the new key"
          value={values.expiration}
          latest={props.latestExpiration}
          problems={problems.expiration}
        />
        <Choice
          name="grace"
          legend="Keep the old key working for"
          hint="Both keys work during this time. Retire the old key once nobody uses it."
          options={props.graces.map((grace) => ({
            value: grace.name,
            label: graceLabels[grace.name] ?? grace.name,
            description: describeEnd(grace, props),
          }))}
          value={values.grace}
          problems={problems.grace}
        />
      </>
    ),
    button: "Rotate key",
    cancel: "Cancel",
  });
}

const graceLabels: Readonly<Record<string, string>> = {
  "0": "0 (stop now)",
  "1h": "1 hour",
  "24h": "24 hours",
  "7d": "7 days",
};

function describeEnd({ ms }: GraceOption, { apiKey, page }: RotateApiKeyPageProps): string {
  if (ms === 0) return "Its next call is refused.";
  const end = new Date(page.now.getTime() + ms);
  return end < apiKey.expiration
    ? `Until ${formatDateTime(end, page.zone)}.`
    : `Until it expires, ${formatDateTime(apiKey.expiration, page.zone)}.`;
}
