/** The page that sets for how long a program's applications are kept. */
import { countExpired, readKeepDays, setKeepDays } from "../../domain/programs/keeping.ts";
import { type DescribedProgram, getDescribedProgram } from "../../domain/programs/list.ts";
import { fieldOf, readForm } from "../../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { DomainError, type FieldProblems } from "../../lib/errors.ts";
import { programHref } from "../../views/parts/hrefs.ts";
import { type KeepProgramPageProps, keepProgramPage } from "../../views/programs/keep.tsx";
import { frameForm, reauthenticate } from "../account/reauthentication.ts";
import { onlyCode, type PageDeps, respondWithForm, seeOther } from "../frame.ts";

type KeepCall = RoleCall<"erase applications"> & { readonly params: { readonly slug: string } };

/** The form, and what it sends. */
export function keepProgramPages(deps: PageDeps): PageRoute[] {
  const [path, right] = ["/admin/programs/:slug/keep", "erase applications"] as const;
  return [
    rolePage("GET", path, right, async (call) => {
      const program = await getProgram(deps, call);
      return showForm(deps, call, program, { keepDays: String(program.keepDays ?? "") });
    }),
    rolePage("POST", path, right, (call) => keep(deps, call)),
  ];
}

async function getProgram({ db }: PageDeps, { now, actor, params }: KeepCall): Promise<DescribedProgram> {
  const program = await getDescribedProgram(db, { slug: params.slug, actor, now });
  if (program.isExternal) throw new DomainError("not_found", "External programs have no applications.");
  return program;
}

/** What would erase applications takes effect once it is sent again, with the number that was shown. */
async function keep(deps: PageDeps, call: KeepCall): Promise<Response> {
  const { now, actor } = call;
  const fields = await readForm(call.request);
  const program = await getProgram(deps, call);
  const text = fieldOf(fields, "keepDays").trim();
  const days = await readDays(text).catch(onlyCode("invalid"));
  if (days instanceof DomainError) return showForm(deps, call, program, { keepDays: text }, days.fields);
  const proofProblems = await reauthenticate(deps, call, fields);
  if (proofProblems) return showForm(deps, call, program, { keepDays: text }, proofProblems);
  if (days !== null && fieldOf(fields, "confirmed") !== text) {
    const expired = await countExpired(deps.db, { programId: program.id, keepDays: days, zone: deps.rules.zone });
    if (expired.count > 0) return showForm(deps, call, program, { keepDays: text, expired });
  }
  await setKeepDays(deps.db, { slug: program.slug, keepDays: days, actor, now });
  return seeOther(programHref(program.slug, { keeping: 1 }));
}

/** Null for ever. Rejects what is no number of days with `invalid`. */
async function readDays(text: string): Promise<number | null> {
  return text === "" ? null : readKeepDays(text);
}

async function showForm(
  deps: PageDeps,
  { request }: KeepCall,
  program: DescribedProgram,
  form: Pick<KeepProgramPageProps, "keepDays"> & Partial<Pick<KeepProgramPageProps, "expired">>,
  problems: FieldProblems = {},
): Promise<Response> {
  const frame = await frameForm(deps, request, problems);
  return respondWithForm(keepProgramPage({ ...frame, program, expired: null, ...form }), problems);
}
