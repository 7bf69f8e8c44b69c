import type { ApiKey } from "../../domain/access/keys/find.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { PasswordAgain } from "../account/password-fields.tsx";
import { Choice } from "../parts/choice.tsx";
import { Code, Fact, Facts, UserText } from "../parts/components.tsx";
import { formatDateTime } from "../parts/format.ts";
import { ErrorSummary, formTitle } from "../parts/forms.tsx";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { Expires, LastUsed } from "./facts.tsx";
import { ExpirationField } from "./fields.tsx";
import { ProgramNames } from "./grants.tsx";

/** How long the old key may still work. */
export interface GraceOption {
  readonly name: string;
  readonly ms: number;
}

/** What the page that rotates a key shows. */
export interface RotateApiKeyPageProps {
  readonly page: PageContext;
  readonly apiKey: ApiKey;
  readonly graces: readonly GraceOption[];
  readonly values: { readonly expiration: string; readonly grace: string };
  /** By field: `expiration`, `grace`, `currentPassword`. */
  readonly problems: FieldProblems;
  /** The latest expiration that is allowed, as `YYYY-MM-DD`; null without a limit. */
  readonly latestExpiration: string | null;
  readonly asksPassword: boolean;
}

/**
 * The page before rotating a key: a plain `POST /admin/apiKeys/:id/rotate`, so that the answer, which
 * has the successor's credentials, never meets htmx. A key has one successor, so the form needs no
 * token to be safe against being sent twice.
 */
export function rotateApiKeyPage(props: RotateApiKeyPageProps): string {
  const { page, apiKey, problems } = props;
  const title = formTitle("Rotate API key", problems);
  return toHtml(
    <Layout page={page} title={title} section="/admin/apiKeys" htmx={false}>
      <div class="civikey-narrow-page">
        <ErrorSummary problems={problems} />
        <h1>
          Rotate <UserText text={apiKey.name} />
        </h1>
        <p>
          You get a new key with new credentials and the same name, subnets and programs. The old
          key goes on working for as long as you choose here, so that whoever calls with it can
          change over.
        </p>
        <Facts wide>
          <Fact name="Key ID">
            <Code text={apiKey.keyId} />
          </Fact>
          <Fact name="Programs">
            <ProgramNames apiKey={apiKey} />
          </Fact>
          <Fact name="Expires on">
            <Expires apiKey={apiKey} page={page} />
          </Fact>
          <Fact name="Last used">
            <LastUsed apiKey={apiKey} page={page} />
          </Fact>
        </Facts>
        <RotationForm {...props} />
      </div>
    </Layout>,
  );
}

function RotationForm(props: RotateApiKeyPageProps): JSX.Element {
  const { page, apiKey, values, problems } = props;
  const path = `/admin/apiKeys/${apiKey.id}`;
  return (
    <form class="civikey-form" method="post" action={`${path}/rotate`} novalidate>
      <ExpirationField
        page={page}
        label="Expiration date of the new key"
        value={values.expiration}
        latest={props.latestExpiration}
        problems={problems.expiration}
      />
      <Choice
        name="grace"
        legend="The old key works"
        hint="In this time both keys work. Retire the old key as soon as nobody calls with it any more."
        options={props.graces.map((grace) => ({
          value: grace.name,
          label: graceLabels[grace.name] ?? grace.name,
          description: describeEnd(grace, props),
        }))}
        value={values.grace}
        problems={problems.grace}
      />
      {props.asksPassword && <PasswordAgain page={page} problems={problems} />}
      <div class="civikey-actions">
        <button type="submit" class="usa-button">
          Rotate key
        </button>
        <a href={path}>Cancel</a>
      </div>
    </form>
  );
}

const graceLabels: Readonly<Record<string, string>> = {
  "0": "No longer",
  "1h": "For 1 hour",
  "24h": "For 24 hours",
  "7d": "For 7 days",
};

function describeEnd({ ms }: GraceOption, { apiKey, page }: RotateApiKeyPageProps): string {
  if (ms === 0) return "The very next call with it is refused, on every server.";
  const end = new Date(page.now.getTime() + ms);
  return end < apiKey.expiration
    ? `Until ${formatDateTime(end, page.zone)}.`
    : `Until it expires, ${formatDateTime(apiKey.expiration, page.zone)}.`;
}
