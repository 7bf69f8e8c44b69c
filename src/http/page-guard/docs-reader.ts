/**
 * Who may read the API docs. People read those of the programs that they may see. With `API_DOCS_ACCESS=public`
 * anyone else reads active versions; by default only API keys do, of the programs they have grants on. A call with
 * credentials is judged by its key, and is none of the anonymous ones, of which each network has only so many.
 * Drafts, and what admins wrote for themselves, are for people only.
 */
import { NotFoundError } from "elysia";
import { permit } from "../../domain/access/people/roles.ts";
import type { Session } from "../../domain/access/people/sessions.ts";
import { allQuestions, type GrantedQuestions } from "../../domain/access/questions.ts";
import { unauthorizedResponse } from "../answers/problem.ts";
import { tooManyCallsResponse, tooManyPages } from "../api-guard/rate-limit.ts";
import { type ApiKeyGuardDeps, authenticateCall, refuseCall } from "../api-guard/require-api-key.ts";
import { getContext } from "../context.ts";
import { actorOf, leadToSignIn, readSession, type SessionDeps } from "./require-session.ts";

/** What is needed to decide. */
export interface DocsReaderDeps extends SessionDeps, ApiKeyGuardDeps {
  readonly docsAccess: "members" | "public";
}

/** Somebody who may read docs. */
export interface DocsReader {
  readonly isSignedIn: boolean;
  /** The slugs of the programs that may be read; undefined for all of them. */
  readonly slugs: readonly string[] | undefined;
  /** What is shown of the program that was asked for: of a key, what it is shown of applications. */
  readonly questions: GrantedQuestions;
}

/** What is to be read; without a program it is the docs of the whole API. */
export interface WantedDocs {
  readonly kind: "page" | "document";
  readonly slug?: string;
  readonly isDraft?: boolean;
}

/** Says who is reading, or gives the response for somebody who may not: 303 to sign-in, 401 or 429. */
export async function admitDocsReader(
  deps: DocsReaderDeps,
  request: Request,
  { kind, slug, isDraft = false }: WantedDocs,
): Promise<DocsReader | Response> {
  const context = getContext(request);
  const session = await readSession(deps, request);
  const person = session && findReader(request, session);
  if (person !== undefined && (slug === undefined || !person.slugs || person.slugs.includes(slug))) return person;
  const isPublic = deps.docsAccess === "public" && !isDraft;
  if (request.headers.has("authorization")) {
    const refusal = await authenticateCall(deps, request, context);
    if (refusal !== undefined) return refusal;
    const grants = context.checks?.key?.grants ?? [];
    const read = grants.find((grant) => grant.slug === slug && grant.permission === "READ");
    const questions = read?.questions ?? allQuestions;
    if (isPublic) return { isSignedIn: false, slugs: undefined, questions };
    const slugs = [...new Set(grants.map((grant) => grant.slug))];
    const mayRead = !isDraft && (slug === undefined || slugs.includes(slug));
    return mayRead ? { isSignedIn: false, slugs, questions } : refuseCall(context, "no_grant");
  }
  if (isPublic) {
    const exceeded = deps.limits.countAnonymous(context.address);
    if (exceeded === undefined) return { isSignedIn: false, slugs: undefined, questions: allQuestions };
    if (kind === "page") throw tooManyPages(context, exceeded);
    return tooManyCallsResponse(context, exceeded);
  }
  if (session !== undefined) throw new NotFoundError();
  return kind === "page" ? leadToSignIn(request) : unauthorizedResponse(context.requestId);
}

/** What a person may read; undefined without a role. */
function findReader(request: Request, session: Session): DocsReader | undefined {
  const reader = permit(actorOf(request, session), { roles: session.roles, right: "see programs" });
  return reader && { isSignedIn: true, slugs: reader.programs?.map(({ slug }) => slug), questions: allQuestions };
}
