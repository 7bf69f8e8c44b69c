/** The routes of the API, each with its parameters, its responses and a call to try. */
import { Html } from "@elysiajs/html";
import { bodyType, type Operation, type ParameterDocs, type ResponseDocs } from "../../domain/openapi/operations.ts";
import { CodeBlock, curlCommand, curlPostCommand, Prose } from "../parts/code-block.tsx";
import { List } from "../parts/components.tsx";
import { DataTable, Row } from "../parts/tables.tsx";
import { attribute, Code } from "../parts/text.tsx";
import { TypeOf, TypeTable } from "./schema-tables.tsx";

/** One route; `apiUrl` is the base of its path. */
export function OperationDocs(props: { operation: Operation; apiUrl: string }): JSX.Element {
  const { method, path, docs } = props.operation;
  return (
    <section class="civikey-operation" aria-labelledby={attribute(docs.operationId)}>
      <h3 id={attribute(docs.operationId)} safe>
        {docs.summary}
      </h3>
      <p class="civikey-operation__path">
        <Code text={`${method.toUpperCase()} ${new URL(props.apiUrl).pathname}${showPath(path)}`} />
      </p>
      <p>
        <Prose text={docs.description} />
      </p>
      {docs.parameters.length > 0 && (
        <>
          <h4>Parameters</h4>
          <TypeTable
            caption={`Parameters of ${docs.summary}`}
            rows={docs.parameters.map((parameter) => ({
              ...parameter,
              note: places[parameter.in],
            }))}
          />
        </>
      )}
      {docs.body !== undefined && (
        <>
          <h4>Body</h4>
          <p>
            <Prose text={docs.body.description} />
          </p>
          <p>
            <Code text={bodyType} />: <TypeOf schema={docs.body.schema} />
          </p>
        </>
      )}
      <h4>Responses</h4>
      <ResponseTable caption={`Responses of ${docs.summary}`} responses={docs.responses} />
      <h4>Try it</h4>
      <CodeBlock
        id={`curl-${docs.operationId}`}
        label={`Command: ${docs.summary}`}
        code={(docs.body ? curlPostCommand : curlCommand)(props.apiUrl + showPath(path))}
      />
    </section>
  );
}

/** A path with its parameters as placeholders: `PROGRAM_SLUG`. */
function showPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) =>
    name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(),
  );
}

const places: Readonly<Record<ParameterDocs["in"], string>> = {
  path: "in the path",
  query: "in the query",
  header: "in a header",
};

const responseColumns = ["Status", "Content", "Meaning"];

function ResponseTable(props: { caption: string; responses: Readonly<Record<number, ResponseDocs>> }): JSX.Element {
  return (
    <DataTable caption={props.caption} columns={responseColumns} narrow="plain">
      {Object.entries(props.responses).map(([status, response]) => (
        <Row columns={responseColumns}>
          {Html.escapeHtml(status)}
          <Contents {...response} />
          <Prose text={response.description} />
        </Row>
      ))}
    </DataTable>
  );
}

function Contents({ content = {} }: ResponseDocs): JSX.Element {
  return (
    <List>
      {Object.entries(content).map(([mediaType, schema]) => (
        <>
          <Code text={mediaType} />: <TypeOf schema={schema} />
        </>
      ))}
    </List>
  );
}
