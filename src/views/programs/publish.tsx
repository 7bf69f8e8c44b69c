import { Html } from "@elysiajs/html";
import type { ProgramDraft } from "../../domain/programs/draft.ts";
import type { DescribedProgram } from "../../domain/programs/list.ts";
import type { NewQuestions } from "../../domain/programs/new-questions.ts";
import { Fact, Facts } from "../parts/facts.tsx";
import { formPage } from "../parts/form-page.tsx";
import { pluralize } from "../parts/format.ts";
import { programHref } from "../parts/hrefs.ts";
import type { PageContext } from "../parts/layout.tsx";
import { UserText } from "../parts/text.tsx";
import { ProgramChangeList } from "./change-list.tsx";
import { NewQuestionFacts } from "./facts.tsx";

/** What the page that confirms publishing shows. */
interface PublishProgramPageProps {
  readonly page: PageContext;
  readonly program: DescribedProgram;
  readonly draft: ProgramDraft;
  readonly news: NewQuestions;
}

/** Asks before publishing. The form sends the `version` that was shown to `POST /admin/programs/:slug/publish`. */
export function publishProgramPage({ page, program, draft, news }: PublishProgramPageProps): string {
  const href = programHref(program.slug);
  const { comparison, version } = draft;
  return formPage({
    page,
    section: "/admin/programs",
    title: "Publish draft",
    heading: (
      <>
        Publish the draft of <UserText text={program.name} />?
      </>
    ),
    intro: (
      <>
        <p safe>
          {comparison === null
            ? `Version ${version} becomes the active version, and the API starts serving the program.`
            : `Version ${version} becomes the active version and version ${comparison.version} becomes obsolete. API responses include the questions of every published version.`}
        </p>
        <p>You can’t undo this. To go back, import an earlier export and publish it.</p>
        <Facts wide>
          {draft.name !== program.name && <Fact name="New name" text={draft.name} />}
          <Fact name="Questions">{draft.questionCount}</Fact>
          {!program.isExternal && (
            <Fact name="Read by">{Html.escapeHtml(pluralize(program.readerCount, "active key"))}</Fact>
          )}
          <NewQuestionFacts news={news} />
        </Facts>
        {comparison !== null && (
          <>
            <h2 safe>{`Changes since version ${comparison.version}`}</h2>
            <ProgramChangeList changes={comparison.changes} />
          </>
        )}
      </>
    ),
    action: `${href}/publish`,
    fields: <input type="hidden" name="version" value={String(version)} />,
    button: "Publish",
    cancel: { href, label: "Cancel" },
  });
}
