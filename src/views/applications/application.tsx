import { Html } from "@elysiajs/html";
import type { ReadableAnswers } from "../../domain/applications/answer-reading.ts";
import type { ApplicationDetails, OpenedApplication } from "../../domain/applications/reading.ts";
import type { StatusChange } from "../../domain/applications/status.ts";
import type { DescribedProgram } from "../../domain/programs/list.ts";
import type { FieldProblems } from "../../lib/errors.ts";
import { SubmitButton } from "../parts/buttons.tsx";
import { CodeBlock } from "../parts/code-block.tsx";
import { Folded, PageHeading } from "../parts/components.tsx";
import { Fact, Facts, More, NoteFact } from "../parts/facts.tsx";
import { pluralize } from "../parts/format.ts";
import { ErrorSummary, Field, formTitle } from "../parts/forms.tsx";
import { applicationHref, applicationsHref, programHref } from "../parts/hrefs.ts";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { attribute, LinkLine, NameLink, Time, UserText } from "../parts/text.tsx";
import { AnswerList } from "./answers.tsx";
import { KeyName, RevisionBadge, TextOr } from "./facts.tsx";
import { StatusHistory } from "./status-history.tsx";

/** What the page of one application shows. */
interface ApplicationPageProps {
  readonly page: PageContext;
  readonly program: DescribedProgram;
  readonly application: ApplicationDetails;
  /** Null for an imported application. */
  readonly submittingKey: OpenedApplication["submittingKey"];
  /** Null when there are too many to draw. */
  readonly answers: ReadableAnswers | null;
  readonly isVersionKnown: boolean;
  /** Newest first. */
  readonly statusChanges: readonly StatusChange[];
  /** As the API serves it. */
  readonly json: string;
  /** What the form for the status has in its fields. */
  readonly form: StatusFields;
  /** By field: `status`, `note`. */
  readonly problems: FieldProblems;
}

/** The form for the status, as it was filled in. */
export type StatusFields = Readonly<Record<"status" | "note", string>>;

/** The page of one application. */
export function applicationPage(props: ApplicationPageProps): string {
  const { page, program, application, answers, problems } = props;
  const title = `Application ${application.applicationId}`;
  return toHtml(
    <Layout page={page} title={formTitle(title, problems)} section="/admin/applications">
      <ErrorSummary problems={problems} />
      <p class="civikey-back">
        <a href={attribute(applicationsHref(program.slug))}>
          Applications for <UserText text={program.name} />
        </a>
      </p>
      <PageHeading title={title} beside={<RevisionBadge state={application.revisionState} />} />
      <ApplicationFactList {...props} />
      {page.may("set statuses", program.id) && <StatusForm {...props} />}
      <StatusHistory changes={props.statusChanges} page={page} />
      <h2>Answers</h2>
      {answers === null ? (
        <p class="civikey-quiet">This application has too many answers to be shown one by one. Its JSON is below.</p>
      ) : (
        <Answers answers={answers} isVersionKnown={props.isVersionKnown} />
      )}
      <h2>JSON</h2>
      <Folded summary="As the API returns it">
        <CodeBlock id="json" label="Application JSON" code={props.json} />
      </Folded>
      {page.may("erase applications", program.id) && (
        <LinkLine
          href={`${applicationHref(program.slug, application.applicationId)}/erase`}
          text="Erase this application"
        />
      )}
    </Layout>,
  );
}

function StatusForm({ program, application, form, problems }: ApplicationPageProps): JSX.Element {
  return (
    <Folded summary="Set the status" isApart isOpen={Object.keys(problems).length > 0}>
      <form
        class="civikey-form"
        method="post"
        action={attribute(`${applicationHref(program.slug, application.applicationId)}/status`)}
        novalidate
      >
        <Field
          name="status"
          label="Status"
          hint="Clear the field to remove the status."
          value={form.status}
          problems={problems.status}
        />
        <Field name="note" label="Note" rows={3} optional value={form.note} problems={problems.note} />
        <div class="civikey-actions">
          <SubmitButton text="Save status" />
        </div>
      </form>
    </Folded>
  );
}

type AnswersProps = { readonly answers: ReadableAnswers; readonly isVersionKnown: boolean };

function Answers({ answers, isVersionKnown }: AnswersProps): JSX.Element {
  const { own } = answers;
  return (
    <>
      {own.length === 0 ? <p class="civikey-quiet">This application has no answers.</p> : <AnswerList answers={own} />}
      <OtherQuestions answers={answers} isVersionKnown={isVersionKnown} />
    </>
  );
}

function OtherQuestions({ answers, isVersionKnown }: AnswersProps): JSX.Element {
  const others = answers.ofOtherVersions;
  if (others.length === 0) return "";
  return (
    <Folded summary={`${pluralize(others.length, "unanswered question")} from other versions`} isApart>
      <p class="civikey-quiet">
        {isVersionKnown
          ? "The program version this application was made for didn’t ask these questions. "
          : "CiviKey doesn’t have the program version this application was made for. "}
        The API returns them as unanswered.
      </p>
      <AnswerList answers={others} />
    </Folded>
  );
}

const submitterTypes: Readonly<Record<string, string>> = {
  APPLICANT: "The applicant",
  TRUSTED_INTERMEDIARY: "A trusted intermediary",
};

function ApplicationFactList(props: ApplicationPageProps): JSX.Element {
  const { page, program, application, submittingKey, isVersionKnown } = props;
  const { zone } = page;
  const { status, statusChangedAt, note, tiEmail, tiOrganization, submitterType } = application;
  return (
    <Facts wide>
      <Fact name="Program">
        <NameLink href={programHref(program.slug)} name={program.name} />
        {application.versionId !== null && (
          <More>{Html.escapeHtml(`version ${application.versionId}${isVersionKnown ? "" : " (not imported)"}`)}</More>
        )}
      </Fact>
      <Fact name="Applicant ID" text={application.applicantId} />
      <Fact name="Submitted">
        <Time at={application.submittedAt} zone={zone} exact />
        <More>
          started <Time at={application.createdAt} zone={zone} exact />
        </More>
      </Fact>
      <Fact name="Status">
        <TextOr text={status} none="None" />
        {statusChangedAt !== null && (
          <More>
            since <Time at={statusChangedAt} zone={zone} exact />
          </More>
        )}
      </Fact>
      <NoteFact note={note} />
      <Fact name="Submitted by">
        {Html.escapeHtml(submitterTypes[submitterType ?? ""] ?? submitterType ?? "Not provided")}
        {[tiEmail, tiOrganization]
          .flatMap((text) => text ?? [])
          .map((text) => (
            <More>
              <UserText text={text} />
            </More>
          ))}
      </Fact>
      {submittingKey !== null && (
        <Fact name="Submitted with API key">
          <KeyName apiKey={submittingKey} page={page} />
        </Fact>
      )}
      <Fact name="Language">
        <TextOr text={application.language} none="Not provided" />
      </Fact>
      {application.others.map(({ name, json }) => (
        <Fact name={name} code={json} />
      ))}
    </Facts>
  );
}
