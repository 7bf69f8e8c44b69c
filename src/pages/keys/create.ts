import { createApiKey, type NewApiKeyForm } from "../../domain/access/keys/create.ts";
import { latestExpiration, previewSubnets, readExpiration, subnetsToConfirm } from "../../domain/access/keys/fields.ts";
import { type ApiKey, findApiKeyOfForm } from "../../domain/access/keys/find.ts";
import { questionField, questionsField } from "../../domain/access/keys/question-form.ts";
import { chooseQuestions, describeQuestions, questionModes } from "../../domain/access/questions.ts";
import { isGrantable, offerPrograms } from "../../domain/programs/grantable.ts";
import { getContext } from "../../http/context.ts";
import { readForm, searchOf } from "../../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { DomainError, type FieldProblems } from "../../lib/errors.ts";
import { newApiKeyPage } from "../../views/keys/create.tsx";
import { keyPreviewFragment } from "../../views/keys/preview.tsx";
import { foundProgramsFragment } from "../../views/keys/program-choice.tsx";
import { keyHref } from "../../views/parts/hrefs.ts";
import { frameForm, reauthenticate } from "../account/reauthentication.ts";
import {
  framePage,
  onlyCode,
  type PageDeps,
  respondWithForm,
  respondWithHtml,
  seeOther,
  wantsFragment,
} from "../frame.ts";
import { respondWithCredentials } from "./credentials.ts";
import { grantedSlugs, readApiKeyForm } from "./form.ts";
import { getKeyOfPath } from "./key-of-path.ts";
import { chooseQuestionsIn, offerQuestions } from "./questions.ts";

type Call = RoleCall<"change keys">;

/** The form for a new key, and its answers. */
export function newApiKeyPages(deps: PageDeps): PageRoute[] {
  return [
    rolePage("GET", "/admin/apiKeys/new", "change keys", (call) => showNew(deps, call)),
    rolePage("POST", "/admin/apiKeys/new", "change keys", (call) => searchPrograms(deps, call)),
    rolePage("POST", "/admin/apiKeys/new/preview", "change keys", async ({ request, now }) => {
      const preview = previewOf(deps, now, readApiKeyForm(await readForm(request)));
      return respondWithHtml(keyPreviewFragment({ ...preview, page: framePage(deps, request) }));
    }),
    rolePage("POST", "/admin/apiKeys", "change keys", (call) => create(deps, call)),
  ];
}

/**
 * The empty form, with the program of `?program=` checked, or for htmx the programs that a search finds. Nothing else
 * is taken from the address, so that a stranger's link cannot prepare a key.
 */
async function showNew(deps: PageDeps, call: Call): Promise<Response> {
  const { typed } = getContext(call.request);
  if (typed !== undefined) return showForm(deps, call, typed);
  const programSearch = readProgramSearch(call.query);
  if (!wantsFragment(call.request)) {
    const fields = new URLSearchParams({ programSearch });
    const slug = call.query.get("program");
    if (slug !== null && (await isGrantable(deps.db, slug))) fields.set(`grant-program-read[${slug}]`, "true");
    return showForm(deps, call, fields);
  }
  const offer = await offerPrograms(deps.db, { chosen: [], search: programSearch });
  return respondWithHtml(foundProgramsFragment({ offer, programSearch }));
}

/** What the form's buttons ask for: the form as it was filled in, with the programs found or the questions to choose. Or a copy of a key. */
async function searchPrograms(deps: PageDeps, call: Call): Promise<Response> {
  const fields = await readForm(call.request);
  const copied = fields.get("copyOf");
  await chooseQuestionsIn(deps.db, fields);
  return showForm(deps, call, copied === null ? fields : describeCopy(await getKeyOfPath(deps, call, copied)));
}

function describeCopy({ name, subnets, grants }: ApiKey): URLSearchParams {
  return new URLSearchParams([
    ["keyName", name],
    ["subnet", subnets.join("\n")],
    ...grants.map(({ slug, permission }): [string, string] => [
      `grant-program-${permission.toLowerCase()}[${slug}]`,
      "true",
    ]),
    ...grants.flatMap(({ slug, questions: { mode, keys } }): [string, string][] =>
      mode === "all"
        ? []
        : [[questionsField(slug), mode], ...keys.map((key): [string, string] => [questionField(slug), key])],
    ),
  ]);
}

async function create(deps: PageDeps, call: Call): Promise<Response> {
  const { request, now, actor } = call;
  const fields = await readForm(request);
  const proofProblems = await reauthenticate(deps, call, fields);
  if (proofProblems) return showForm(deps, call, fields, proofProblems);
  const form = readApiKeyForm(fields);
  const { rules, salts } = deps;
  const created = await createApiKey(deps.db, { form, rules, salts, actor, now }).catch(
    onlyCode("invalid", "conflict"),
  );
  if (created instanceof DomainError) {
    if (created.code === "invalid") return showForm(deps, call, fields, created.fields);
    // The page with the credentials was reloaded.
    const apiKey = await findApiKeyOfForm(deps.db, { formToken: form.formToken, actor, now });
    if (apiKey === undefined) throw created;
    return seeOther(keyHref(apiKey.id, { created: "true" }));
  }
  return respondWithCredentials(deps, request, created);
}

async function showForm(
  deps: PageDeps,
  { request, now }: Call,
  fields: URLSearchParams,
  problems: FieldProblems = {},
): Promise<Response> {
  const { address } = getContext(request);
  const form = readApiKeyForm(fields);
  const programSearch = readProgramSearch(fields);
  const chosen = form.grants.map(({ slug }) => slug);
  const markup = newApiKeyPage({
    ...(await frameForm(deps, request, problems)),
    values: { ...form, ...grantedSlugs(form), offeredQuestions: await offerQuestions(deps.db, form) },
    preview: previewOf(deps, now, form),
    offer: await offerPrograms(deps.db, { chosen, search: programSearch }),
    programSearch,
    currentSubnet: address ? `${address.text}/${address.family === 4 ? 32 : 128}` : null,
    latestExpiration: latestExpiration(deps.rules, now) ?? null,
    formToken: form.formToken || crypto.randomUUID(),
  });
  return respondWithForm(markup, problems);
}

function previewOf({ rules, channels }: PageDeps, now: Date, form: NewApiKeyForm) {
  const { expiration, problems } = readExpiration(form.expiration.trim(), { rules, now });
  const { read, write } = grantedSlugs(form);
  const toConfirm = subnetsToConfirm(form.subnet);
  const contact = form.contactEmail.trim();
  const recipients = [contact, channels.email?.supportAddress].filter((address) => address);
  return {
    readCount: read.size,
    questions: (form.questions ?? []).flatMap(({ slug, mode, keys }) => {
      const known = questionModes.find((one) => one === mode && one !== "all");
      return known && read.has(slug) ? `${slug}: ${describeQuestions(chooseQuestions(known, keys), 20)}` : [];
    }),
    writeCount: write.size,
    subnets: previewSubnets(form.subnet),
    expiration: problems.length === 0 ? expiration : undefined,
    toConfirm,
    isConfirmed: form.confirmSubnets === toConfirm,
    emailed: channels.email === undefined ? null : [...new Set(recipients)].flatMap((address) => address ?? []),
    hasWebhook: channels.webhook !== undefined,
  };
}

function readProgramSearch(fields: URLSearchParams): string {
  return searchOf(fields, "programSearch");
}
