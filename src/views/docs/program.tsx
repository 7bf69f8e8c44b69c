import type { DocumentedProgram } from "../../domain/openapi/programs.ts";
import { CodeBlock, curlCommand, curlPostCommand } from "../parts/code-block.tsx";
import {
  attribute,
  Badge,
  Code,
  EmptyState,
  Fact,
  Facts,
  PageHeading,
} from "../parts/components.tsx";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { QuestionList } from "./questions.tsx";
import { stageNames, VersionChoice, type VersionChoiceProps } from "./version-choice.tsx";

/** A version, and an invented application to it as JSON. */
export interface DocumentedSamples {
  readonly program: DocumentedProgram;
  /** As the list gives it. */
  readonly sample: string;
  /** As it is submitted. */
  readonly submission: string;
}

/** What the documentation of a program shows. */
export interface ProgramDocsProps extends VersionChoiceProps {
  readonly page: PageContext;
  /** Undefined when there is no such program or version. */
  readonly documented:
    | {
        readonly program: Pick<DocumentedProgram, "name" | "stage">;
        /** What `programReference` has drawn. */
        readonly reference: JSX.Element;
      }
    | undefined;
}

/** One version of one program: its questions, a sample answer, a call to try. */
export function programDocsPage(props: ProgramDocsProps): string {
  const { page, documented } = props;
  const title = documented?.program.name ?? "Program and version not found";
  return toHtml(
    <Layout page={page} title={`${title} – API docs`} section="/docs/api">
      <p class="civikey-back">
        <a href="/docs/api">API docs</a>
      </p>
      <PageHeading title={title} beside={documented && <StageBadge {...documented.program} />} />
      <VersionChoice {...props} />
      {documented ? documented.reference : <NotFoundNote />}
    </Layout>,
  );
}

/** In place of a program's documentation while no program has an active version. */
export function noProgramDocsPage({ page }: { page: PageContext }): string {
  return toHtml(
    <Layout page={page} title="No programs found" section="/docs/api">
      <PageHeading title="API docs" />
      <EmptyState title="No programs found">
        <p>Import and publish a program: then its questions are documented here.</p>
        <p>
          <a href="/docs/api">Read about the API itself</a>
        </p>
      </EmptyState>
    </Layout>,
  );
}

function StageBadge({ stage }: Pick<DocumentedProgram, "stage">): JSX.Element {
  return <Badge tone={stage === "active" ? "good" : "neutral"} text={stageNames[stage]} />;
}

function NotFoundNote(): JSX.Element {
  return (
    <p>
      There is no such program, it has no such version, or it is an external program, which has no
      applications. Look for another one.
    </p>
  );
}

/** Everything about the version itself: what is the same for everyone. */
export function programReference(props: DocumentedSamples & { baseUrl: string }): string {
  const { program, sample, submission, baseUrl } = props;
  const url = `${baseUrl}/api/v1/admin/programs/${program.slug}/applications`;
  return toHtml(
    <>
      <div class="civikey-docs-facts">
        <Facts>
          <Fact name="Slug">
            <Code text={program.slug} />
          </Fact>
          <Fact name="Admin name">
            <Code text={program.adminName} />
          </Fact>
          <Fact name="Version ID">{program.version}</Fact>
          <Fact name="OpenAPI documents">
            <DocumentLinks {...program} />
          </Fact>
        </Facts>
      </div>
      <h2>Try it</h2>
      <p>
        With the key ID and the secret of an API key that has a grant on this program, from one of
        its subnets:
      </p>
      <CodeBlock id="curl" label="Command" code={curlCommand(`${url}?pageSize=10`)} />
      {program.stage === "draft" && (
        <p>This is a draft. The API answers for published versions only.</p>
      )}
      <details class="civikey-more">
        <summary>Submit an application</summary>
        <p>
          With a key whose grant on this program has WRITE. The JSON of one application, as below,
          is in <code class="civikey-code">body.json</code>:
        </p>
        <CodeBlock id="curl-submit" label="Command to submit" code={curlPostCommand(url)} />
        <CodeBlock id="sample-submission" label="body.json" code={submission} />
      </details>
      <HowItWorks />
      <div class="civikey-columns">
        <section aria-labelledby="questions">
          <h2 id="questions">Questions</h2>
          {program.questions.length === 0 ? (
            <p>This version asks nothing.</p>
          ) : (
            <QuestionList questions={program.questions} />
          )}
        </section>
        <section class="civikey-columns__sample" aria-labelledby="sample">
          <h2 id="sample">Sample response</h2>
          <CodeBlock id="sample-response" label="Sample response" code={sample} />
        </section>
      </div>
    </>,
  );
}

function DocumentLinks({ slug, stage }: DocumentedProgram): JSX.Element {
  const href = `/docs/api/schema/${slug}?stage=${stage}`;
  return (
    <ul class="civikey-list">
      <li>
        <a href={attribute(href)}>OpenAPI 3.0</a> with typed answers
      </li>
      <li>
        <a href={attribute(`${href}&openApiVersion=swagger-v2`)}>Swagger 2.0</a>, for older tools
      </li>
    </ul>
  );
}

function HowItWorks(): JSX.Element {
  return (
    <details class="civikey-more">
      <summary>How does this work?</summary>
      <ul>
        <li>
          Answers stand under the key of their question: its name in lower case with nothing but
          letters, and <code class="civikey-code">_</code> for each space.
        </li>
        <li>
          Every application has every question that any published version ever asked. Those that its
          own version did not ask are unanswered: null, or an empty list.
        </li>
        <li>
          The entities of an enumerator have the questions of the application's own version only.
        </li>
        <li>
          Options are given by their names, which stay when their texts change. Older applications
          can have options that are no longer offered.
        </li>
      </ul>
    </details>
  );
}
