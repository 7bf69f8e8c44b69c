/** The last rule: a program's data can be reached only through the value that is made here. */
import { DomainError } from "../../lib/errors.ts";
import { type ApplicationReader, covers, type Permitted } from "./people/roles.ts";
import { allQuestions, type GrantedQuestions } from "./questions.ts";

/** What a grant allows on one program. */
export type Permission = "READ" | "WRITE";

/** One grant of a key. */
export interface Grant {
  readonly programId: number;
  readonly slug: string;
  readonly permission: Permission;
  /** What READ shows; WRITE has no choice of its own. */
  readonly questions: GrantedQuestions;
}

/** A grant without what it shows. */
export type NamedPermission = Pick<Grant, "slug" | "permission">;

/** Whether one of some grants is the same permission on the same program. */
export function isAmong(grants: readonly NamedPermission[], { slug, permission }: NamedPermission): boolean {
  return grants.some((one) => one.slug === slug && one.permission === permission);
}

declare const proof: unique symbol;

/** The proof of access to one program. Domain functions that touch its data require it, and show `questions` only. */
export interface GrantedProgram<P extends Permission = Permission> {
  readonly programId: number;
  readonly slug: string;
  readonly permission: P;
  readonly questions: GrantedQuestions;
  readonly [proof]: true;
}

/** The proof of somebody from whom no question is hidden. */
export type WholeProgram<P extends Permission = Permission> = GrantedProgram<P> & {
  readonly questions: typeof allQuestions;
};

/**
 * Finds the grant that a key holds for exactly this permission on exactly this slug. READ and WRITE
 * are independent: neither implies the other. What WRITE is answered shows no question that the key's READ hides; a
 * key with WRITE alone gets back what it sent.
 */
export function findGrant<P extends Permission>(
  grants: readonly Grant[],
  wanted: { slug: string; permission: P },
): GrantedProgram<P> | undefined {
  const held = grants.filter(({ slug }) => slug === wanted.slug);
  const grant = held.find(({ permission }) => permission === wanted.permission);
  if (grant === undefined) return undefined;
  const { questions } = held.find(({ permission }) => permission === "READ") ?? grant;
  return { ...grant, permission: wanted.permission, questions } as GrantedProgram<P>;
}

/**
 * The proof for people who may see applications. The API does not use this: its calls are judged by the rules. Throws
 * `not_found` for a program that is not theirs, as if it did not exist.
 */
export function openProgramForReader(
  actor: ApplicationReader,
  { id: programId, slug }: { readonly id: number; readonly slug: string },
): WholeProgram<"READ"> {
  if (!covers(actor, programId)) throw programNotFound(slug);
  return { programId, slug, permission: "READ", questions: allQuestions } as WholeProgram<"READ">;
}

/** The proof for people who may set statuses. Throws as `openProgramForReader` does. */
export function openProgramForStatuses(
  actor: Permitted<"set statuses">,
  program: { readonly id: number; readonly slug: string },
): WholeProgram<"WRITE"> {
  return { ...openProgramForReader(actor, program), permission: "WRITE" };
}

/** What is said of a program that does not exist, and of one that somebody may not see. */
export function programNotFound(slug: string): DomainError {
  return new DomainError("not_found", `Program not found for slug: ${slug}`);
}
