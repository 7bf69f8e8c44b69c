import { escapeHtml } from "@kitajs/html";
import type { Operation } from "../domain/openapi/operations.ts";
import type { Schemas } from "../domain/openapi/schema.ts";
import { OperationDocs } from "./api-operations.tsx";
import { attribute, Code, Name, PageHeading } from "./components.tsx";
import { Layout, type PageContext, toHtml } from "./layout.tsx";
import { NamedSchema } from "./schema-tables.tsx";
import type { ProgramChoice } from "./version-choice.tsx";

/** A program, and which of its versions there are. */
export interface ListedProgram extends ProgramChoice {
  readonly activeVersionId: number | null;
  readonly draftVersionId: number | null;
}

/** What the documentation of the whole API shows: the same as its OpenAPI document. */
export interface ApiDocsProps {
  readonly page: PageContext;
  readonly programs: readonly ListedProgram[];
  readonly operations: readonly Operation[];
  readonly schemas: Schemas;
  readonly baseUrl: string;
}

/** The whole API, drawn here and not by a script: it needs no other host, and no inline style (spec 4). */
export function apiDocsPage(props: ApiDocsProps): string {
  const { page, programs, operations, schemas, baseUrl } = props;
  return toHtml(
    <Layout page={page} title="API docs" section="/docs/api">
      <PageHeading title="API docs" />
      <p>The applications that people submitted to CiviForm programs, as JSON, NDJSON or CSV.</p>
      <nav aria-label="On this page">
        <ul class="civikey-contents">
          <li>
            <a href="#programs">Programs</a>
          </li>
          <li>
            <a href="#credentials">Credentials</a>
          </li>
          {operations.map(({ docs }) => (
            <li>
              <a href={attribute(`#${docs.operationId}`)} safe>
                {docs.summary}
              </a>
            </li>
          ))}
          <li>
            <a href="#schemas">Schemas</a>
          </li>
          <li>
            <a href="/docs/api/openapi.json">OpenAPI 3.1 document</a>
          </li>
        </ul>
      </nav>
      <h2 id="programs">Programs</h2>
      <Programs programs={programs} />
      <h2 id="credentials">Credentials</h2>
      <Credentials />
      <h2 id="routes">Routes</h2>
      {operations.map((operation) => (
        <OperationDocs operation={operation} apiUrl={`${baseUrl}/api/v1`} />
      ))}
      <h2 id="schemas">Schemas</h2>
      {Object.entries(schemas).map(([name, schema]) => (
        <NamedSchema name={name} schema={schema} />
      ))}
    </Layout>,
  );
}

function Programs({ programs }: { programs: readonly ListedProgram[] }): JSX.Element {
  if (programs.length === 0) return <p>No program is there yet.</p>;
  return (
    <>
      <p>Each program has its own documentation, with its questions and a typed document.</p>
      <ul class="civikey-list">
        {programs.map((program) => (
          <li>
            <ProgramLinks {...program} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** The active version by the program's name; a draft apart from it. */
function ProgramLinks({ slug, name, activeVersionId, draftVersionId }: ListedProgram): JSX.Element {
  const path = `/docs/api/programs/${slug}`;
  return (
    <>
      {activeVersionId === null ? (
        <Name text={name} />
      ) : (
        <a href={attribute(`${path}/active`)}>
          <Name text={name} />
        </a>
      )}
      {name !== slug && (
        <>
          {" "}
          <Code text={slug} />
        </>
      )}
      {draftVersionId !== null && (
        <>
          {" "}
          <a href={attribute(`${path}/draft`)}>
            draft<span class="usa-sr-only">{escapeHtml(` of ${name}`)}</span>
          </a>
        </>
      )}
    </>
  );
}

function Credentials(): JSX.Element {
  return (
    <>
      <p>
        HTTP Basic: the key ID is the user name, the secret is the password. The API secret token is
        both in one: what stands after <code class="civikey-code">Authorization: Basic</code>. An
        admin makes a key for the programs and the subnets that your back end needs.
      </p>
      <p>
        Every call that is not allowed has the same answer, whatever its reason: 401. Give its{" "}
        <code class="civikey-code">requestId</code> to an admin, who can see the reason.
      </p>
    </>
  );
}
