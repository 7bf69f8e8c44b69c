/** Audit events as sentences: who did what to which key, program or admin. */

import type { AuditLine } from "../../domain/access/audit/list.ts";
import type { AuditAction } from "../../domain/access/audit/record.ts";
import { NameLink, UserText } from "../parts/components.tsx";
import { programHref } from "../parts/hrefs.ts";

interface Wording {
  /** In the list of actions to choose from. */
  readonly name: string;
  /** After who did it, and before what it was done to. */
  readonly verb: string;
  readonly object: "key" | "program" | "admin" | "reason" | "none";
  /** After what it was done to. */
  readonly end?: string;
}

/** The actions in the order in which they are offered. */
const wordings: Readonly<Record<AuditAction, Wording>> = {
  "api_key.created": { name: "API key created", verb: "created the API key", object: "key" },
  "api_key.imported": {
    name: "API key imported from CiviForm",
    verb: "imported the API key",
    object: "key",
    end: " from CiviForm",
  },
  "api_key.rotated": { name: "API key rotated", verb: "rotated the API key", object: "key" },
  "api_key.narrowed": {
    name: "API key edited or restricted",
    verb: "edited or restricted the API key",
    object: "key",
  },
  "api_key.retired": { name: "API key retired", verb: "retired the API key", object: "key" },
  "program.imported": {
    name: "Program imported",
    verb: "imported a version of the program",
    object: "program",
  },
  "program.published": {
    name: "Program published",
    verb: "published the program",
    object: "program",
  },
  "program.slug_changed": {
    name: "Program slug changed",
    verb: "changed the slug of the program",
    object: "program",
  },
  "program.slug_kept": {
    name: "Program slug kept",
    verb: "kept the slug of the program",
    object: "program",
  },
  "applications.imported": {
    name: "Applications imported",
    verb: "imported applications of the program",
    object: "program",
  },
  "applications.synced": {
    name: "Applications synced",
    verb: "synced applications of the program",
    object: "program",
  },
  "admin.created": { name: "Admin created", verb: "created the admin", object: "admin" },
  "admin.password_set": {
    name: "Password set",
    verb: "set the password of the admin",
    object: "admin",
  },
  "admin.signed_in": { name: "Signed in", verb: "signed in", object: "none" },
  "admin.sign_in_failed": {
    name: "Sign-in failed",
    verb: "could not sign in",
    object: "reason",
  },
  "admin.password_refused": {
    name: "Password refused",
    verb: "could not confirm their password",
    object: "reason",
  },
  "admin.signed_out": { name: "Signed out", verb: "signed out", object: "none" },
  "admin.session_ended": {
    name: "Session ended",
    verb: "ended one of their sessions",
    object: "none",
  },
  "admin.signed_out_everywhere": {
    name: "Signed out everywhere",
    verb: "signed out everywhere",
    object: "none",
  },
};

/** The actions to choose from, with their names. */
export const auditActions: readonly (readonly [action: string, name: string])[] = Object.entries(wordings).map(
  ([action, { name }]) => [action, name],
);

/** The name of an action; an unknown one is its own name. */
export function nameOfAction(action: string): string {
  return findWording(action)?.name ?? action;
}

/** One event as a sentence, with a link to its key or program. */
export function AuditSentence({ event }: { event: AuditLine }): JSX.Element {
  const wording = findWording(event.action);
  return (
    <p class="civikey-sentence">
      <strong>
        <UserText text={event.actor} />
      </strong>{" "}
      {isAboutOneself(event) ? (
        "changed their own password"
      ) : (
        <>
          <span safe>{wording?.verb ?? event.action}</span> <Thing event={event} wording={wording} />
          {wording?.end !== undefined && <span safe>{wording.end}</span>}
        </>
      )}
    </p>
  );
}

function isAboutOneself({ action, actor, details }: AuditLine): boolean {
  return action === "admin.password_set" && readText(details, "email") === actor;
}

function Thing(props: { event: AuditLine; wording: Wording | undefined }): JSX.Element {
  const { apiKey, program, details } = props.event;
  const object = props.wording?.object;
  if (apiKey !== null && object !== "none") {
    const nameThen = readText(details, "name") ?? apiKey.name;
    return (
      <>
        <NameLink href={`/admin/apiKeys/${apiKey.id}`} name={nameThen} />
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
  if (object === "reason") return <span safe>{`(${readText(details, "reason") ?? "unknown"})`}</span>;
  return <UserText text={object === "admin" ? (readText(details, "email") ?? "") : ""} />;
}

function findWording(action: string): Wording | undefined {
  return Object.hasOwn(wordings, action) ? wordings[action as AuditAction] : undefined;
}

function readText(details: unknown, name: string): string | undefined {
  if (typeof details !== "object" || details === null || !(name in details)) return undefined;
  const value: unknown = Reflect.get(details, name);
  return typeof value === "string" ? value : undefined;
}
