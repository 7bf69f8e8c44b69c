import type { SecondFactors } from "../../domain/access/people/factors/list.ts";
import { ButtonLink, PostButton } from "../parts/buttons.tsx";
import { narrowPage } from "../parts/form-page.tsx";
import type { PageContext } from "../parts/layout.tsx";
import { DataTable, Row } from "../parts/tables.tsx";
import { Ago, Quiet, Time, UserText } from "../parts/text.tsx";

/** Offers the factors to set up. `query` goes on with the page that was asked for first. */
export function chooseFactorPage(props: { page: PageContext; isRequired: boolean; query: string }): string {
  const { page, isRequired, query } = props;
  return narrowPage({
    page,
    title: "Set up a second factor",
    content: (
      <>
        <p>
          A password can be guessed or stolen. With a second factor, nobody can sign in as you with the password alone.
          {isRequired && " Set one up to continue: it takes about a minute."}
        </p>
        <h2>Passkey</h2>
        <p>
          Your fingerprint, your face, the PIN of your device, or a security key. You can also sign in with it without
          your password.
        </p>
        <p>
          <ButtonLink href={`/admin/account/secondFactor/passkey${query}`} text="Set up a passkey" />
        </p>
        <h2>Authenticator app</h2>
        <p>A 6-digit code from an app on your phone, after your password.</p>
        <p>
          <ButtonLink
            href={`/admin/account/secondFactor/app${query}`}
            text="Set up an authenticator app"
            look="outline"
          />
        </p>
      </>
    ),
  });
}

const columns = ["Second factor", "Added", "Last used", "Remove"];

/** The part of the account with the person's second factors. */
export function SecondFactorSection(props: {
  page: PageContext;
  factors: SecondFactors;
  /** The last one cannot be removed. */
  isRequired: boolean;
}): JSX.Element {
  const { page, factors, isRequired } = props;
  const { passkeys, app } = factors;
  const count = passkeys.length + (app === null ? 0 : 1);
  const isSetUp = count > 0;
  const isKept = isRequired && count === 1;
  return (
    <>
      <h2 id="second-factor">Second factor</h2>
      <p>
        {isSetUp
          ? "After your password you confirm that it’s you with one of these. A passkey also works without your password."
          : "You have none: your password alone signs you in. With a second factor, a stolen password is not enough."}
      </p>
      {isSetUp && (
        <DataTable caption="Second factors" columns={columns}>
          {passkeys.map(({ id, name, createdAt, lastUsedAt }) => (
            <Row columns={columns}>
              <div>
                <UserText text={name} /> <Quiet>passkey</Quiet>
              </div>
              <Time at={createdAt} zone={page.zone} />
              <Ago at={lastUsedAt} now={page.now} />
              {isKept ? <Kept /> : <Remove action={`passkeys/${id}/remove`} name={`passkey ${name}`} />}
            </Row>
          ))}
          {app !== null && (
            <Row columns={columns}>
              <div>Authenticator app</div>
              <Time at={app.createdAt} zone={page.zone} />
              <Ago at={app.lastUsedAt} now={page.now} />
              {isKept ? <Kept /> : <Remove action="app/remove" name="authenticator app" />}
            </Row>
          )}
        </DataTable>
      )}
      <p class="civikey-actions">
        <ButtonLink
          href="/admin/account/secondFactor/passkey"
          text={passkeys.length > 0 ? "Add a passkey" : "Set up a passkey"}
          look="outline"
        />
        <ButtonLink
          href="/admin/account/secondFactor/app"
          text={app !== null ? "Change authenticator app" : "Set up an authenticator app"}
          look="outline"
        />
      </p>
      {isSetUp && <RecoveryCodes left={factors.recoveryCodes} />}
    </>
  );
}

function Kept(): JSX.Element {
  return <Quiet>Add another one first</Quiet>;
}

function Remove({ action, name }: { action: string; name: string }): JSX.Element {
  return <PostButton action={`/admin/account/secondFactor/${action}`} text="Remove" more={name} look="text" />;
}

function RecoveryCodes({ left }: { left: number }): JSX.Element {
  return (
    <>
      <h3>Recovery codes</h3>
      <p safe>
        {`${left} of 10 left. If you lose your second factor, sign in with your password and one of these codes.`}
      </p>
      <PostButton action="/admin/account/secondFactor/recoveryCodes" text="Get new recovery codes" look="outline" />
    </>
  );
}
