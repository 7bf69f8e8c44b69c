import type { ApiKey } from "../../domain/access/keys/find.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { PasswordAgain } from "../account/password-fields.tsx";
import { Alert, Code, Fact, Facts, UserText } from "../parts/components.tsx";
import { formPage } from "../parts/form-page.tsx";
import type { PageContext } from "../parts/layout.tsx";
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
  const href = `/admin/apiKeys/${apiKey.id}`;
  return formPage({
    page,
    section: "/admin/apiKeys",
    title: "Retire API key",
    heading: (
      <>
        Retire <UserText text={apiKey.name} />?
      </>
    ),
    problems,
    intro: (
      <>
        <p>
          Retiring the API key is permanent and will prevent anyone from being able to call the API with the key. Calls
          are refused at once. Anyone who still needs access will need a new key.
        </p>
        {isInUse(apiKey, page.now) && (
          <Alert tone="warning">This key is in use. Systems that use it will lose access.</Alert>
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
      </>
    ),
    action: `${href}/retire`,
    fields: props.asksPassword && <PasswordAgain page={page} problems={problems} />,
    button: "Retire key",
    isDangerous: true,
    cancel: { href, label: "Keep key" },
  });
}

const inUseMs = 7 * 24 * 3_600_000;

function isInUse({ lastUsedAt }: ApiKey, now: Date): boolean {
  return lastUsedAt !== null && now.getTime() - lastUsedAt.getTime() < inUseMs;
}
