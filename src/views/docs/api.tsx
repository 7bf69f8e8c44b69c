import type { Operation } from "../../domain/openapi/operations.ts";
import type { Schemas } from "../../domain/openapi/schema.ts";
import { PageHeading } from "../parts/components.tsx";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { Contents } from "./contents.tsx";
import { OperationDocs } from "./operations.tsx";
import { ListedPrograms, type ListedProgramsProps } from "./programs.tsx";
import { NamedSchema } from "./schema-tables.tsx";

/** What the API docs page shows. */
interface ApiDocsProps extends ListedProgramsProps {
  readonly page: PageContext;
  readonly operations: readonly Operation[];
  /** The markup that `apiReference` made. */
  readonly reference: JSX.Element;
}

/** The docs of the whole API, rendered on the server: no script, no other host, no inline style. */
export function apiDocsPage(props: ApiDocsProps): string {
  const { page, operations, reference } = props;
  return toHtml(
    <Layout page={page} title="API docs" section="/docs/api" htmx>
      <PageHeading title="API docs" />
      <p>Read the applications that people submit to CiviForm programs, as JSON, NDJSON or CSV.</p>
      <Contents
        links={[
          ["#programs", "Programs"],
          ["#credentials", "Credentials"],
          ...operations.map(({ docs }) => [`#${docs.operationId}`, docs.summary] as const),
          ["#schemas", "Schemas"],
          ["/docs/api/openapi.json", "OpenAPI 3.1 document"],
        ]}
      />
      <ListedPrograms {...props} />
      {reference}
    </Layout>,
  );
}

/** Credentials, routes and schemas: the part that is the same for every reader. */
export function apiReference(props: { operations: readonly Operation[]; schemas: Schemas; baseUrl: string }): string {
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
        Use HTTP Basic authentication: the key ID is the username and the secret is the password. The API secret token
        combines both; send it after <code class="civikey-code">Authorization: Basic</code>. Ask an admin for a key with
        the programs and subnets that your system needs.
      </p>
      <p>
        Every refused call gets the same 401 response. To learn the reason, give its{" "}
        <code class="civikey-code">requestId</code> to an admin.
      </p>
    </>
  );
}
