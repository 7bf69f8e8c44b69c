import type { DocumentedProgram } from "../../domain/openapi/documented-program.ts";
import { CodeBlock, curlPostCommand } from "../parts/code-block.tsx";
import { Badge, EmptyState, Folded, PageHeading } from "../parts/components.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { attribute, Back, LinkLine } from "../parts/text.tsx";
import { callSamples } from "./call-samples.ts";
import { Contents } from "./contents.tsx";
import { QuestionList } from "./questions.tsx";
import { stageNames, VersionChoice, type VersionChoiceProps } from "./version-choice.tsx";

/** A program version, and a made-up application to it as JSON. */
interface DocumentedSamples {
  readonly program: DocumentedProgram;
  /** As the API lists it. */
  readonly sample: string;
  /** As a caller submits it. */
  readonly submission: string;
}

/** What the docs page of a program shows. */
export interface ProgramDocsProps extends VersionChoiceProps {
  readonly page: PageContext;
  /** Undefined when the program or version doesn't exist. */
  readonly documented:
    | {
        readonly program: Pick<DocumentedProgram, "name" | "stage">;
        /** The markup that `programReference` made. */
        readonly reference: JSX.Element;
      }
    | undefined;
}

/** The docs of one version of a program: its questions, a sample response, a call to try. */
export function programDocsPage(props: ProgramDocsProps): string {
  const { page, documented } = props;
  const title = documented?.program.name ?? "Program and version not found";
  return toHtml(
    <Layout page={page} title={`${title} – API docs`} section="/docs/api">
      <Back href="/docs/api" name="API docs" />
      <PageHeading title={title} beside={documented && <StageBadge {...documented.program} />} />
      <VersionChoice {...props} />
      {documented ? documented.reference : <NotFoundNote />}
    </Layout>,
  );
}

/** Shown while no program has an active version. */
export function noProgramDocsPage({ page }: { page: PageContext }): string {
  return toHtml(
    <Layout page={page} title="No programs found" section="/docs/api">
      <PageHeading title="API docs" />
      <EmptyState title="No programs found">
        <p>Import and publish a program to see its docs here.</p>
        <LinkLine href="/docs/api" text="Read the API docs" />
      </EmptyState>
    </Layout>,
  );
}

function StageBadge({ stage }: Pick<DocumentedProgram, "stage">): JSX.Element {
  return <Badge tone={stage === "active" ? "good" : "neutral"} text={stageNames[stage]} />;
}

function NotFoundNote(): JSX.Element {
  return (
    <p>The program or version doesn’t exist, or the program is external and has no applications. Choose another one.</p>
  );
}

/** The docs of a version: the part that is the same for every reader. */
export function programReference(props: DocumentedSamples & { baseUrl: string }): string {
  const { program, sample, submission, baseUrl } = props;
  const url = `${baseUrl}/api/v1/admin/programs/${program.slug}/applications`;
  return toHtml(
    <>
      <div class="civikey-docs-facts">
        <Facts>
          <Fact name="Slug" code={program.slug} />
          <Fact name="Admin name" code={program.adminName} />
          <Fact name="Version ID">{program.version}</Fact>
          <Fact name="OpenAPI documents">
            <DocumentLinks {...program} />
          </Fact>
        </Facts>
      </div>
      <Contents
        links={[
          ["#try-it", "Try it"],
          ["#questions", "Questions"],
          ["#sample", "Sample response"],
        ]}
      />
      <h2 id="try-it">Try it</h2>
      <p>Use the key ID and secret of an API key that can read this program, from one of the key’s subnets:</p>
      {callSamples(`${url}?pageSize=100`).map(({ id, language, code }, index) => (
        <Folded summary={language} isOpen={index === 0}>
          <CodeBlock id={id} label={language} code={code} />
        </Folded>
      ))}
      {program.stage === "draft" && <p>This is a draft. The API serves published versions only.</p>}
      <Folded summary="Submit an application">
        <p>
          Use a key with Write access to this program. Put one application into{" "}
          <code class="civikey-code">body.json</code>, as in the example below.
        </p>
        <CodeBlock id="curl-submit" label="Submit command" code={curlPostCommand(url)} />
        <CodeBlock id="sample-submission" label="body.json" code={submission} />
      </Folded>
      <HowItWorks />
      <div class="civikey-columns">
        <section aria-labelledby="questions">
          <h2 id="questions">Questions</h2>
          {program.questions.length === 0 ? (
            <p>This version has no questions.</p>
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
    <Folded summary="How does this work?">
      <ul>
        <li>
          Each answer is under its question’s key: the question’s name in lower case, letters only, with{" "}
          <code class="civikey-code">_</code> for each space.
        </li>
        <li>
          Every application has the questions of every published version. Questions that its own version didn’t ask are
          unanswered: null or an empty list.
        </li>
        <li>The entities of an enumerator have only the questions of the application’s own version.</li>
        <li>
          Options are given by their admin names, which don’t change when their texts do. Older applications can have
          options that are no longer offered.
        </li>
      </ul>
    </Folded>
  );
}
