/** Audit events as sentences: who did what to which key, program or admin. */

import type { AuditLine } from "../../domain/access/audit/list.ts";
import type { AuditAction } from "../../domain/access/audit/record.ts";
import { keyHref, programHref } from "../parts/hrefs.ts";
import { NameLink, UserText } from "../parts/text.tsx";

type ObjectKind = "key" | "program" | "admin" | "reason" | "name" | "list" | "method" | "none";

/** An action's name in the filter, and its sentence: `ada@example.org` verb object end. */
type Wording = readonly [name: string, verb: string, object: ObjectKind, end?: string];

/** The actions in the order in which they are offered. */
const wordings: Readonly<Record<AuditAction, Wording>> = {
  "api_key.created": ["API key created", "created the API key", "key"],
  "api_key.imported": ["API key imported from CiviForm", "imported the API key", "key", " from CiviForm"],
  "api_key.rotated": ["API key rotated", "rotated the API key", "key"],
  "api_key.narrowed": ["API key edited or restricted", "edited or restricted the API key", "key"],
  "api_key.retired": ["API key retired", "retired the API key", "key"],
  "api_key.suggestion_dismissed": ["Suggestion dismissed", "dismissed a suggestion about the API key", "key"],
  "program.imported": ["Program imported", "imported a version of the program", "program"],
  "program.published": ["Program published", "published the program", "program"],
  "program.slug_changed": ["Program slug changed", "changed the slug of the program", "program"],
  "program.slug_kept": ["Program slug kept", "kept the slug of the program", "program"],
  "application.status_set": ["Status set", "set the status of an application of the program", "program"],
  "program.keeping_set": ["Keeping changed", "changed for how long to keep applications of the program", "program"],
  "applications.erased": ["Applications erased", "erased applications of the program", "program"],
  "applications.imported": ["Applications imported", "imported applications of the program", "program"],
  "applications.synced": ["Applications synced", "synced applications of the program", "program"],
  "applications.downloaded": ["Applications downloaded", "downloaded applications of the program", "program"],
  "list.downloaded": ["List downloaded", "downloaded the list", "list"],
  "admin.created": ["Admin created", "created the admin", "admin"],
  "admin.invited": ["Person invited", "invited", "admin"],
  "admin.invitation_accepted": ["Invitation accepted", "accepted their invitation", "none"],
  "admin.roles_set": ["Roles changed", "changed the roles of", "admin"],
  "admin.disabled": ["Person disabled", "disabled", "admin"],
  "admin.enabled": ["Person enabled", "enabled", "admin"],
  "admin.sessions_ended": ["Sessions ended", "ended all sessions of", "admin"],
  "admin.link_made": ["Sign-in link made", "made a one-time sign-in link for", "admin"],
  "admin.password_set": ["Password set", "set the password of the admin", "admin"],
  "admin.signed_in": ["Signed in", "signed in", "method"],
  "admin.sign_on_joined": ["Sign-on linked", "signed in with sign-on for the first time", "none"],
  "admin.sign_in_failed": ["Sign-in failed", "could not sign in", "reason"],
  "admin.password_refused": ["Password refused", "could not confirm their password", "reason"],
  "admin.signed_out": ["Signed out", "signed out", "none"],
  "admin.passkey_added": ["Passkey added", "added a passkey", "name"],
  "admin.passkey_removed": ["Passkey removed", "removed a passkey", "name"],
  "admin.authenticator_app_added": ["Authenticator app added", "set up an authenticator app", "none"],
  "admin.authenticator_app_removed": ["Authenticator app removed", "removed their authenticator app", "none"],
  "admin.recovery_codes_created": ["Recovery codes created", "got new recovery codes", "none"],
  "admin.recovery_code_used": ["Recovery code used", "used a recovery code", "none"],
  "admin.second_factor_refused": ["Second factor refused", "could not show their second factor", "reason"],
  "admin.second_factor_reset": ["Second factor reset", "reset the second factor of", "admin"],
  "admin.session_ended": ["Session ended", "ended one of their sessions", "none"],
  "admin.signed_out_everywhere": ["Signed out everywhere", "signed out everywhere", "none"],
};

/** How somebody signed in; before this was recorded, always with a password. */
const methods: Readonly<Record<string, string>> = {
  password: "with a password",
  passkey: "with a passkey",
  sign_on: "through single sign-on",
  link: "with a one-time link",
};

/** The actions to choose from with their names, under the headings of what they are about. */
export const auditActionGroups: readonly (readonly [
  heading: string,
  actions: readonly (readonly [action: string, name: string])[],
])[] = [...Map.groupBy(Object.entries(wordings), ([action]) => headingOf(action))].map(([heading, actions]) => [
  heading,
  actions.map(([action, [name]]) => [action, name]),
]);

function headingOf(action: string): string {
  if (action.startsWith("api_key.")) return "API keys";
  if (action === "list.downloaded" || action === "applications.downloaded") return "Downloads";
  if (!action.startsWith("admin.")) return "Programs and applications";
  if (/sign|session|refused|code_used/.test(action)) return "Signing in and out";
  return /passkey|authenticator|recovery|factor|password/.test(action) ? "Passwords and second factors" : "People";
}

/** The name of an action; an unknown one is its own name. */
export function nameOfAction(action: string): string {
  return findWording(action)?.[0] ?? action;
}

/** One event as a sentence, with a link to its key or program. */
export function AuditSentence({ event }: { event: AuditLine }): JSX.Element {
  const [, verb = event.action, object, end] = findWording(event.action) ?? [];
  return (
    <p class="civikey-sentence">
      <strong>
        <UserText text={event.actor} />
      </strong>{" "}
      {isAboutOneself(event) ? (
        "changed their own password"
      ) : (
        <>
          <span safe>{verb}</span> <Thing event={event} object={object} />
          {end !== undefined && <span safe>{end}</span>}
        </>
      )}
    </p>
  );
}

function isAboutOneself({ action, actor, details }: AuditLine): boolean {
  return action === "admin.password_set" && readDetail(details, "email") === actor;
}

function Thing(props: { event: AuditLine; object: ObjectKind | undefined }): JSX.Element {
  const { object } = props;
  const { apiKey, program, details } = props.event;
  if (apiKey !== null && object !== "none") {
    const nameThen = readDetail(details, "name") ?? apiKey.name;
    return (
      <>
        <NameLink href={keyHref(apiKey.id)} name={nameThen} />
        {nameThen !== apiKey.name && (
          <span class="civikey-quiet">
            {" "}
            (now <UserText text={apiKey.name} />)
          </span>
        )}
      </>
    );
  }
  if (program !== null) {
    return <NameLink href={programHref(program.slug)} name={program.name} />;
  }
  if (object === "reason") return <span safe>{`(${readDetail(details, "reason") ?? "unknown"})`}</span>;
  if (object === "method") return <span safe>{methods[readDetail(details, "method") ?? ""] ?? ""}</span>;
  const name = object === "admin" ? "email" : object === "name" || object === "list" ? object : undefined;
  return <UserText text={name === undefined ? "" : (readDetail(details, name) ?? "")} />;
}

function findWording(action: string): Wording | undefined {
  return Object.hasOwn(wordings, action) ? wordings[action as AuditAction] : undefined;
}

/** One of an event’s details; undefined when it is not there, or no text. */
export function readDetail(details: unknown, name: string): string | undefined {
  if (typeof details !== "object" || details === null || !(name in details)) return undefined;
  const value: unknown = Reflect.get(details, name);
  return typeof value === "string" ? value : undefined;
}
