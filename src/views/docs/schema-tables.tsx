/** Schemas as tables of members, with types in words and links to other schemas. */
import { Html } from "@elysiajs/html";
import { type Schema, schemasPath } from "../../domain/openapi/schema.ts";
import { Prose } from "../parts/code-block.tsx";
import { More } from "../parts/facts.tsx";
import { DataTable, Row } from "../parts/tables.tsx";
import { attribute, Code } from "../parts/text.tsx";

/** A named schema and its members. */
export function NamedSchema({ name, schema }: { name: string; schema: Schema }): JSX.Element {
  const { description, properties, anyOf } = schema;
  return (
    <section class="civikey-schema" aria-labelledby={attribute(anchorOf(name))}>
      <h3 id={attribute(anchorOf(name))}>
        <Code text={name} />
      </h3>
      {description !== undefined && (
        <p>
          <Prose text={description} />
        </p>
      )}
      {anyOf !== undefined && (
        <p>
          One of <AnyOf choices={anyOf} />
        </p>
      )}
      {properties !== undefined && (
        <TypeTable
          caption={`Members of ${name}`}
          rows={Object.entries(properties).map(([member, { description = "", ...schema }]) => ({
            ...{ name: member, schema, description },
          }))}
        />
      )}
    </section>
  );
}

const columns = ["Name", "Type", "Description"];

/** Names with their types and descriptions: the members of a schema, the parameters of a route. */
export function TypeTable(props: {
  caption: string;
  rows: readonly {
    readonly name: string;
    /** Shown under the name. */
    readonly note?: string;
    readonly schema: Schema;
    readonly description: string;
  }[];
}): JSX.Element {
  return (
    <DataTable caption={props.caption} columns={columns} narrow="plain">
      {props.rows.map(({ name, note, schema, description }) => (
        <Row columns={columns}>
          <div>
            <Code text={name} />
            {note !== undefined && <More>{Html.escapeHtml(note)}</More>}
          </div>
          <TypeOf schema={schema} />
          <Prose text={description} />
        </Row>
      ))}
    </DataTable>
  );
}

/** A type in words: `string or null`, `list of application`. */
export function TypeOf({ schema }: { schema: Schema }): JSX.Element {
  const { $ref, anyOf, enum: values, type, items } = schema;
  if ($ref !== undefined) return <SchemaLink name={$ref.replace(schemasPath, "")} />;
  if (anyOf !== undefined) return <AnyOf choices={anyOf} />;
  if (values !== undefined) {
    return <Prose text={values.map((value) => `\`${value}\``).join(" or ")} />;
  }
  if (items !== undefined) {
    return (
      <>
        list of <TypeOf schema={items} />
      </>
    );
  }
  return <>{Html.escapeHtml(typeof type === "object" ? type.join(" or ") : (type ?? "anything"))}</>;
}

function AnyOf({ choices }: { choices: readonly Schema[] }): JSX.Element {
  return (
    <>
      {choices.map((choice, index) => (
        <>
          {index > 0 && ", "}
          <TypeOf schema={choice} />
        </>
      ))}
    </>
  );
}

function SchemaLink({ name }: { name: string }): JSX.Element {
  return (
    <a href={attribute(`#${anchorOf(name)}`)}>
      <Code text={name} />
    </a>
  );
}

function anchorOf(name: string): string {
  return `schema-${name}`;
}
