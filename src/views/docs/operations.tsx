/** The routes of the API, one below the other: parameters, answers, a call to try. */
import { Html } from "@elysiajs/html";
import {
  bodyType,
  type Operation,
  type ParameterDocs,
  type ResponseDocs,
} from "../../domain/openapi/operations.ts";
import { CodeBlock, curlCommand, curlPostCommand, Prose } from "../parts/code-block.tsx";
import { attribute, Code } from "../parts/components.tsx";
import { Cell, DataTable, Row } from "../parts/tables.tsx";
import { TypeOf } from "./schema-tables.tsx";

/** One route; `apiUrl` is what its path goes on from. */
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
          <ParameterTable caption={`Parameters of ${docs.summary}`} parameters={docs.parameters} />
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
      <h4>Answers</h4>
      <ResponseTable caption={`Answers of ${docs.summary}`} responses={docs.responses} />
      <h4>Try it</h4>
      <CodeBlock
        id={`curl-${docs.operationId}`}
        label={`Command: ${docs.summary}`}
        code={
          docs.body
            ? curlPostCommand(props.apiUrl + showPath(path))
            : curlCommand(props.apiUrl + showPath(path))
        }
      />
    </section>
  );
}

/** Parameters as people write them: `PROGRAM_SLUG`. */
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

const parameterColumns = ["Parameter", "Type", "Description"] as const;

function ParameterTable(props: {
  caption: string;
  parameters: readonly ParameterDocs[];
}): JSX.Element {
  const [name, type, description] = parameterColumns;
  return (
    <DataTable caption={props.caption} columns={parameterColumns} narrow="plain">
      {props.parameters.map((parameter) => (
        <Row>
          <Cell column={name}>
            <Code text={parameter.name} />
            <span class="civikey-facts__more civikey-quiet" safe>
              {places[parameter.in]}
            </span>
          </Cell>
          <Cell column={type}>
            <TypeOf schema={parameter.schema} />
          </Cell>
          <Cell column={description}>
            <Prose text={parameter.description} />
          </Cell>
        </Row>
      ))}
    </DataTable>
  );
}

const responseColumns = ["Status", "Content", "Meaning"] as const;

function ResponseTable(props: {
  caption: string;
  responses: Readonly<Record<number, ResponseDocs>>;
}): JSX.Element {
  const [statusColumn, content, meaning] = responseColumns;
  return (
    <DataTable caption={props.caption} columns={responseColumns} narrow="plain">
      {Object.entries(props.responses).map(([status, response]) => (
        <Row>
          <Cell column={statusColumn}>{Html.escapeHtml(status)}</Cell>
          <Cell column={content}>
            <Contents {...response} />
          </Cell>
          <Cell column={meaning}>
            <Prose text={response.description} />
          </Cell>
        </Row>
      ))}
    </DataTable>
  );
}

function Contents({ content = {} }: ResponseDocs): JSX.Element {
  return (
    <ul class="civikey-list">
      {Object.entries(content).map(([mediaType, schema]) => (
        <li>
          <Code text={mediaType} />: <TypeOf schema={schema} />
        </li>
      ))}
    </ul>
  );
}
