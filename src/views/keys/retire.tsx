import type { ApiKey } from "../../domain/access/keys/find.ts";
import { Alert } from "../parts/components.tsx";
import type { AskedProof } from "../parts/password-fields.tsx";
import { type KeyActionProps, KeySummary, keyActionPage } from "./action.tsx";

/** What the page before retiring a key shows; the problems are those of `currentPassword`. */
export interface RetireApiKeyPageProps extends KeyActionProps {
  /** Whether the password is asked for again. */
  readonly proof: AskedProof | null;
}

/** Asks whether to retire a key: `POST /admin/apiKeys/:id/retire`, with `currentPassword` when asked. */
export function retireApiKeyPage(props: RetireApiKeyPageProps): string {
  const { page, apiKey } = props;
  return keyActionPage({
    ...props,
    action: "retire",
    verb: "Retire",
    intro: (
      <>
        <p>
          Retiring the API key is permanent and will prevent anyone from being able to call the API with the key. Calls
          are refused at once. Anyone who still needs access will need a new key.
        </p>
        {isInUse(apiKey, page.now) && (
          <Alert tone="warning">This key is in use. Systems that use it will lose access.</Alert>
        )}
        <KeySummary apiKey={apiKey} page={page} />
      </>
    ),
    fields: "",
    button: "Retire key",
    isDangerous: true,
    cancel: "Keep key",
  });
}

const inUseMs = 7 * 24 * 3_600_000;

function isInUse({ lastUsedAt }: ApiKey, now: Date): boolean {
  return lastUsedAt !== null && now.getTime() - lastUsedAt.getTime() < inUseMs;
}
