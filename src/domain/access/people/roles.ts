/** What people may do by their roles. `rights` is the whole table; `docs/people.md` explains it. */
import { inArray, type SQL } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { adminRoles } from "../../../db/schema.ts";
import type { Actor } from "../audit/record.ts";

/** `program_admin` is held for one program, the others for the whole instance. */
export type Role = (typeof adminRoles.$inferSelect)["role"];

/** A role that a person has. */
export interface HeldRole {
  readonly role: Role;
  /** The program of a program admin; null for the other roles. */
  readonly program: { readonly id: number; readonly slug: string } | null;
}

/** Who may do what. Program admins do it within their programs, and with the keys that have a grant on one of them. */
const rights = {
  "see keys": ["admin", "auditor", "program_admin"],
  "change keys": ["admin"],
  "see programs": ["admin", "auditor", "program_admin"],
  "change programs": ["admin"],
  "see applications": ["admin", "program_admin"],
  "set statuses": ["admin", "program_admin"],
  "erase applications": ["admin"],
  "see refused calls": ["admin", "auditor", "program_admin"],
  "see the audit trail": ["admin", "auditor"],
  "see people": ["admin", "auditor"],
  "change people": ["admin"],
  "see settings": ["admin", "auditor"],
  "send test alerts": ["admin"],
} as const satisfies Readonly<Record<string, readonly Role[]>>;

/** Something that a role allows. */
export type Right = keyof typeof rights;

declare const proof: unique symbol;

/**
 * Somebody who acts and has these rights. Only the checks here make one, so that a function that asks for it cannot be
 * called where the check was forgotten.
 */
export interface Permitted<R extends Right> extends Actor {
  /** The programs that the rights are limited to; undefined for all programs. */
  readonly programs: readonly { readonly id: number; readonly slug: string }[] | undefined;
  readonly [proof]: (right: R) => void;
}

/** Somebody who may see keys; of a program admin, those with a grant on their programs. */
export type KeyReader = Permitted<"see keys"> | Permitted<"change keys"> | Permitted<"see refused calls">;

/** Somebody who may see settings. */
export type SettingsReader = Permitted<"see settings"> | Permitted<"send test alerts">;

/** Somebody who may see people. */
export type PeopleReader = Permitted<"see people"> | Permitted<"change people">;

/** Somebody who may see programs; of a program admin, theirs. */
export type ProgramReader = Permitted<"see programs"> | Permitted<"change programs"> | ApplicationReader;

/** Somebody who may see applications. */
export type ApplicationReader =
  | Permitted<"see applications">
  | Permitted<"set statuses">
  | Permitted<"erase applications">;

/** Checks a right of a person. Undefined when no role of theirs gives it. */
export function permit<R extends Right>(
  actor: Actor,
  { roles, right }: { roles: readonly HeldRole[]; right: R },
): Permitted<R> | undefined {
  const allowed: readonly Role[] = rights[right];
  const held = roles.filter(({ role }) => allowed.includes(role));
  if (held.length === 0) return undefined;
  const programs = held.flatMap(({ program }) => program ?? []);
  return { ...actor, programs: programs.length < held.length ? undefined : programs } as Permitted<R>;
}

/** Tells whether roles give a right: for some program, for the one with this id, or for all. */
export function hasRight(roles: readonly HeldRole[], right: Right, where: number | "some" | "all" = "some"): boolean {
  const permitted = permit({ name: "", address: null }, { roles, right });
  if (permitted === undefined || where === "some") return permitted !== undefined;
  return where === "all" ? permitted.programs === undefined : covers(permitted, where);
}

/** An actor whom no role limits: the operator at the command line, and the server itself. */
export function permitAll(name: string): Permitted<Right> {
  return { name, address: null, programs: undefined } as Permitted<Right>;
}

/** A key that its holder retires or replaces, by a call with it from an address. */
export function permitOwnKey({ keyId }: { keyId: string }, address: string | null): Permitted<"change keys"> {
  return { ...permitAll(ownKeyActor + keyId), address };
}

/** Before the key id in the name of a key that acts. */
export const ownKeyActor = "API key ";

/** Tells whether what somebody may do includes this program. */
export function covers({ programs }: Permitted<never>, programId: number): boolean {
  return programs === undefined || programs.some(({ id }) => id === programId);
}

/** The condition that a column with a program's id is within what somebody may do; undefined when all programs are. */
export function isCovered({ programs }: Permitted<never>, programId: PgColumn): SQL | undefined {
  return (
    programs &&
    inArray(
      programId,
      programs.map(({ id }) => id),
    )
  );
}
