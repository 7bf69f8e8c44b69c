import type { Operation } from "../../domain/openapi/operations.ts";
import type { Schemas } from "../../domain/openapi/schema.ts";
import { attribute, PageHeading } from "../parts/components.tsx";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { OperationDocs } from "./operations.tsx";
import { ListedPrograms, type ListedProgramsProps } from "./programs.tsx";
import { NamedSchema } from "./schema-tables.tsx";

/** What the documentation of the whole API shows. */
export interface ApiDocsProps extends ListedProgramsProps {
  readonly page: PageContext;
  readonly operations: readonly Operation[];
  /** What `apiReference` has drawn. */
  readonly reference: JSX.Element;
}

/** The whole API, drawn here and not by a script: it needs no other host, and no inline style (spec 4). */
export function apiDocsPage(props: ApiDocsProps): string {
  const { page, operations, reference } = props;
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
      <ListedPrograms {...props} />
      {reference}
    </Layout>,
  );
}

/** Credentials, routes and schemas: what is the same for everyone, and the same as the OpenAPI document. */
export function apiReference(props: {
  operations: readonly Operation[];
  schemas: Schemas;
  baseUrl: string;
}): string {
  const { operations, schemas, baseUrl } = props;
  return toHtml(
    <>
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
    </>,
  );
}

function Credentials(): JSX.Element {
  return (
    <>
      <p>
        HTTP Basic: the key ID is the username, the secret is the password. The API secret token is
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
