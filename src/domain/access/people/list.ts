/** People as admins see them: what each may do, how each signs in, and where each is signed in. */
import { and, asc, eq, gt, inArray, isNull, max, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { contains } from "../../../db/contains.ts";
import { createListing, type RowQuery } from "../../../db/keyset.ts";
import {
  adminIdentities,
  adminRoles,
  admins,
  apiKeys,
  authenticatorApps,
  oneTimeLinks,
  passkeys,
  programs,
  sessions,
} from "../../../db/schema.ts";
import { instantKey, orderBy, type SortKey, textKey } from "../../../db/sort-keys.ts";
import { DomainError } from "../../../lib/errors.ts";
import type { Listing, SortPlace } from "../../../lib/keyset.ts";
import { isPerson, type Person, type PersonRef } from "./find.ts";
import type { PeopleReader, Role } from "./roles.ts";
import { isActiveSession, type SessionPolicy } from "./sessions.ts";

/** A role that a person has. */
export interface GivenRole {
  readonly role: Role;
  /** The program of a program admin. */
  readonly program: { readonly slug: string; readonly name: string } | null;
  /** Whether it comes with a group of their sign-on, or somebody here gave it. */
  readonly givenBy: "group" | "person";
}

/** One person, with what belongs to them counted. */
export interface DescribedPerson extends Person {
  /** Someone who was invited and has neither set a password nor signed in yet is `invited`. */
  readonly state: "active" | "invited" | "disabled";
  readonly disabledAt: Date | null;
  readonly lastSignedInAt: Date | null;
  /** When the invitation ends; null when none is open. */
  readonly invitationExpiresAt: Date | null;
  /** Admin first, then by program. */
  readonly roles: readonly GivenRole[];
  readonly hasPassword: boolean;
  readonly hasSignOn: boolean;
  readonly passkeyCount: number;
  readonly hasAuthenticatorApp: boolean;
  readonly sessionCount: number;
}

/** What is told of a person whose page is open. */
export interface PersonInFull extends DescribedPerson {
  /** Active keys that they made. */
  readonly keyCount: number;
}

/** Who looks, when, and how long sessions last. */
interface Look {
  readonly actor: PeopleReader;
  readonly policy: SessionPolicy;
  readonly now: Date;
}

/** What people can be sorted by. */
export const peopleSorts = ["email", "lastSignedIn"] as const;

/** An order of people. */
export interface PeopleOrder {
  readonly by: (typeof peopleSorts)[number];
  readonly isDescending: boolean;
}

/** The order unless another is asked for. */
export const byEmail: PeopleOrder = { by: "email", isDescending: false };

const sortKeys: Readonly<Record<PeopleOrder["by"], SortKey>> = {
  email: textKey(admins.email),
  // Somebody who never signed in comes before all others.
  lastSignedIn: instantKey(sql`coalesce(${admins.lastSignedInAt}, 'epoch')`),
};

/** A person in a list, with what their place in the order is made of. */
interface ListedPerson extends DescribedPerson {
  readonly placeValue: string;
}

/** The list of people; `search` is a part of the e-mail. */
export function peopleListing(
  db: Database,
  { search, order = byEmail, ...look }: Look & { search: string; order?: PeopleOrder },
): Listing<ListedPerson, SortPlace> {
  const sortKey = sortKeys[order.by];
  return createListing(db, {
    order: orderBy(sortKey, admins.id, order.isDescending),
    conditions: search === "" ? undefined : contains(admins.email, search),
    select: (query) => describePeople(db, { ...query, placeValue: sortKey.text, ...look }),
    ids: () => db.select({ id: admins.id }).from(admins),
    placeOf: ({ id, placeValue }) => ({ id, value: placeValue }),
  });
}

/** Whether a place that came from outside can be one in this order. */
export function isPlaceOfPeople({ by }: PeopleOrder, { value }: SortPlace): boolean {
  return sortKeys[by].isText(value);
}

/** One person, by number or e-mail. Throws `not_found`. */
export async function getDescribedPerson(db: Database, input: Look & PersonRef): Promise<PersonInFull> {
  const [person] = await describePeople(db, { ...input, where: isPerson(input), orderBy: [], limit: 1 });
  if (person === undefined) throw new DomainError("not_found", "Person not found.");
  const { createdBy, retiredAt, expiration } = apiKeys;
  const isTheirs = and(eq(createdBy, person.email), isNull(retiredAt), gt(expiration, input.now));
  return { ...person, keyCount: await db.$count(apiKeys, isTheirs) };
}

async function describePeople(
  db: Database,
  input: Look & RowQuery & { placeValue?: SQL<string> },
): Promise<ListedPerson[]> {
  const { now, where, orderBy, limit, placeValue = sortKeys.email.text } = input;
  const { id, email, createdAt, disabledAt, lastSignedInAt } = admins;
  const isInvitation = and(eq(oneTimeLinks.adminId, id), eq(oneTimeLinks.purpose, "invitation"));
  const invitationEnd = db
    .select({ at: max(oneTimeLinks.expiresAt) })
    .from(oneTimeLinks)
    .where(and(isInvitation, gt(oneTimeLinks.expiresAt, now)));
  const rows = await db
    .select({
      ...{ id, email, createdAt, disabledAt, lastSignedInAt },
      hasPassword: sql<boolean>`${admins.passwordHash} is not null`,
      signOnCount: db.$count(adminIdentities, eq(adminIdentities.adminId, id)),
      passkeyCount: db.$count(passkeys, eq(passkeys.adminId, id)),
      appCount: db.$count(authenticatorApps, eq(authenticatorApps.adminId, id)),
      sessionCount: db.$count(sessions, and(eq(sessions.adminId, id), isActiveSession(input))),
      invitationExpiresAt: sql<Date | null>`(${invitationEnd})`.mapWith(oneTimeLinks.expiresAt),
      placeValue,
    })
    .from(admins)
    .where(where)
    .orderBy(...orderBy)
    .limit(limit);
  const roles = await listRoles(db, rows);
  return rows.map(({ signOnCount, appCount, ...row }) => {
    const isNew = !row.hasPassword && row.lastSignedInAt === null;
    return {
      ...row,
      state: row.disabledAt !== null ? "disabled" : isNew ? "invited" : "active",
      roles: (roles.get(row.id) ?? []).map(({ adminId: _, ...role }) => role),
      hasSignOn: signOnCount > 0,
      hasAuthenticatorApp: appCount > 0,
    };
  });
}

async function listRoles(db: Database, people: readonly { id: number }[]) {
  const ids = people.map(({ id }) => id);
  const { adminId, role, givenBy } = adminRoles;
  const rows = await db
    .select({ adminId, role, givenBy, program: { slug: programs.slug, name: programs.name } })
    .from(adminRoles)
    .leftJoin(programs, eq(programs.id, adminRoles.programId))
    .where(inArray(adminId, ids))
    .orderBy(asc(role), asc(programs.slug), asc(givenBy));
  return Map.groupBy(rows, (row) => row.adminId);
}
