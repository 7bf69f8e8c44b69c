import type { ApiKey } from "../../domain/access/keys/find.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { PasswordAgain } from "../account/password-fields.tsx";
import { Code, Fact, Facts, UserText } from "../parts/components.tsx";
import { ErrorSummary, formTitle } from "../parts/forms.tsx";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { LastUsed } from "./facts.tsx";
import { ProgramNames } from "./grants.tsx";

/** What the page before retiring a key shows. */
export interface RetireApiKeyPageProps {
  readonly page: PageContext;
  readonly apiKey: ApiKey;
  /** Whether the password is asked for again. */
  readonly asksPassword: boolean;
  /** By field: `currentPassword`. */
  readonly problems: FieldProblems;
}

/** Asks whether to retire a key: `POST /admin/apiKeys/:id/retire`, with `currentPassword` when asked. */
export function retireApiKeyPage(props: RetireApiKeyPageProps): string {
  const { page, apiKey, problems } = props;
  return toHtml(
    <Layout page={page} title={formTitle("Retire API key", problems)} section="/admin/apiKeys">
      <div class="civikey-narrow-page">
        <ErrorSummary problems={problems} />
        <h1>
          Retire <UserText text={apiKey.name} />?
        </h1>
        <p>
          Retiring the API key is permanent and will prevent anyone from being able to call the API
          with the key. The very next call is refused, on every server. It cannot be undone: who
          still needs the data needs a new key.
        </p>
        {isInUse(apiKey, page.now) && (
          <div class="usa-alert usa-alert--warning usa-alert--slim civikey-notice">
            <div class="usa-alert__body">
              <p class="usa-alert__text">
                This key is in use. Whoever calls with it will be cut off.
              </p>
            </div>
          </div>
        )}
        <Facts wide>
          <Fact name="Key ID">
            <Code text={apiKey.keyId} />
          </Fact>
          <Fact name="Programs">
            <ProgramNames apiKey={apiKey} />
          </Fact>
          <Fact name="Last used">
            <LastUsed apiKey={apiKey} page={page} />
          </Fact>
        </Facts>
        <form
          class="civikey-form"
          method="post"
          action={`/admin/apiKeys/${apiKey.id}/retire`}
          novalidate
        >
          {props.asksPassword && <PasswordAgain page={page} problems={problems} />}
          <div class="civikey-actions">
            <button type="submit" class="usa-button usa-button--secondary">
              Retire key
            </button>
            <a href={`/admin/apiKeys/${apiKey.id}`}>Keep it</a>
          </div>
        </form>
      </div>
    </Layout>,
  );
}

const inUseMs = 7 * 24 * 3_600_000;

function isInUse({ lastUsedAt }: ApiKey, now: Date): boolean {
  return lastUsedAt !== null && now.getTime() - lastUsedAt.getTime() < inUseMs;
}
