/** Rule 8 (spec 2): a program's data is reached only through the value that is made here. */
import type { Admin } from "./admins/admins.ts";

/** What a grant allows on one program. */
export type Permission = "READ" | "WRITE";

/** One grant of a key. */
export interface Grant {
  readonly programId: number;
  readonly slug: string;
  readonly permission: Permission;
}

declare const proof: unique symbol;

/** The proof that somebody may use one program. Domain functions that touch its data ask for it. */
export interface GrantedProgram<P extends Permission = Permission> {
  readonly programId: number;
  readonly slug: string;
  readonly permission: P;
  readonly [proof]: true;
}

/**
 * Finds the grant that a key holds for exactly this permission on exactly this slug. READ and WRITE
 * are independent: neither implies the other.
 */
export function findGrant<P extends Permission>(
  grants: readonly Grant[],
  wanted: { slug: string; permission: P },
): GrantedProgram<P> | undefined {
  const grant = grants.find(
    (held) => held.slug === wanted.slug && held.permission === wanted.permission,
  );
  return grant && ({ ...grant, permission: wanted.permission } as GrantedProgram<P>);
}

/**
 * The proof for the admin pages: whoever has signed in may read the applications of every program,
 * and change none. `admin` is the proof; pass the one from the session, which the guard of
 * `/admin` found. The API never comes here: its calls are judged by the rules.
 */
export function openProgramForAdmin(
  _admin: Admin,
  program: { readonly id: number; readonly slug: string },
): GrantedProgram<"READ"> {
  const { id: programId, slug } = program;
  return { programId, slug, permission: "READ" } as GrantedProgram<"READ">;
}
