/** The two pages that most changes take: `GET` shows a form, and `POST` does what it says, or shows what is wrong. */
import type { Right } from "../domain/access/people/roles.ts";
import { readForm } from "../http/page-guard/forms.ts";
import { type PageRoute, type PathCall, rolePage } from "../http/page-guard/routes.ts";
import { DomainError, type FieldProblems } from "../lib/errors.ts";
import type { ProvenFormProps } from "../views/parts/form-page.tsx";
import { frameForm, reauthenticate } from "./account/reauthentication.ts";
import { framePage, onlyCode, type PageDeps, respondWithHtml } from "./frame.ts";

/** A form; `Subject` is what it is about, and `Values` what is filled in. Where it gives a response, that is the answer. */
interface FormPages<Call, Subject, Values> {
  /** `fields` are those of the form; of `GET`, those of the query. */
  open(call: Call, fields: URLSearchParams): Promise<Subject | Response>;
  read(fields: URLSearchParams): Values;
  /** What is filled in at first; unless given, nothing. */
  start?(subject: Subject): Values | Response;
  /** What can be wrong before anything is asked of the domain. */
  check?(values: Values): FieldProblems;
  draw(frame: ProvenFormProps, subject: Subject, values: Values): string | Promise<string>;
  /** Makes the change. Or gives what the form comes back with. The form shows what is wrong by an `invalid` error. */
  act(call: Call, subject: Subject, values: Values): Promise<Response | Values>;
  /** The field that shows the message of a `conflict`. */
  conflictField?: string;
  /** The change does no harm: then nobody has to show again who they are. */
  isHarmless?: boolean;
}

/** Makes the two pages. People who signed in a while ago show again who they are. */
export function formPages<const Path extends `/admin/${string}`, const R extends Right, Subject, Values>(
  deps: PageDeps,
  path: Path,
  needs: R,
  form: FormPages<PathCall<Path, R>, Subject, Values>,
): PageRoute[] {
  const { isHarmless = false, conflictField } = form;
  const shown = conflictField === undefined ? (["invalid"] as const) : (["invalid", "conflict"] as const);

  async function show(request: Request, subject: Subject, values: Values, problems: FieldProblems = {}, status = 422) {
    const frame = isHarmless
      ? { page: framePage(deps, request), problems, proof: null }
      : await frameForm(deps, request, problems);
    const markup = await form.draw(frame, subject, values);
    return respondWithHtml(markup, { status: Object.keys(problems).length > 0 ? status : 200 });
  }

  return [
    rolePage("GET", path, needs, async (call) => {
      const subject = await form.open(call, call.query);
      if (subject instanceof Response) return subject;
      const values = form.start === undefined ? form.read(new URLSearchParams()) : form.start(subject);
      return values instanceof Response ? values : show(call.request, subject, values);
    }),
    rolePage("POST", path, needs, async (call) => {
      const { request } = call;
      const fields = await readForm(request);
      const subject = await form.open(call, fields);
      if (subject instanceof Response) return subject;
      const values = form.read(fields);
      const proofProblems = isHarmless ? undefined : await reauthenticate(deps, call, fields);
      const problems = { ...form.check?.(values), ...proofProblems };
      if (Object.keys(problems).length > 0) return show(request, subject, values, problems);
      const done = await form.act(call, subject, values).catch(onlyCode(...shown));
      if (done instanceof Response) return done;
      if (!(done instanceof DomainError)) return show(request, subject, done);
      if (done.code === "invalid") return show(request, subject, values, done.fields);
      return show(request, subject, values, { [conflictField ?? ""]: [done.message] }, 409);
    }),
  ];
}
