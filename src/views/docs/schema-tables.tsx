/** Schemas as people read them: a table of members, types in words, with links to other schemas. */
import { Html } from "@elysiajs/html";
import { type Schema, type Schemas, schemasPath } from "../../domain/openapi/schema.ts";
import { Prose } from "../parts/code-block.tsx";
import { attribute, Code } from "../parts/components.tsx";
import { Cell, DataTable, Row } from "../parts/tables.tsx";

const columns = ["Name", "Type", "Description"] as const;

/** One schema that has a name, with its members. */
export function NamedSchema({ name, schema }: { name: string; schema: Schema }): JSX.Element {
  const { description, properties, anyOf } = schema;
  return (
    <section class="civikey-schema" aria-labelledby={attribute(anchorOf(name))}>
      <h3 class="civikey-schema__name" id={attribute(anchorOf(name))}>
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
      {properties !== undefined && <MemberTable name={name} members={properties} />}
    </section>
  );
}

function MemberTable({ name, members }: { name: string; members: Schemas }): JSX.Element {
  const [nameColumn, typeColumn, descriptionColumn] = columns;
  return (
    <DataTable caption={`Members of ${name}`} columns={columns} narrow="plain">
      {Object.entries(members).map(([member, schema]) => (
        <Row>
          <Cell column={nameColumn}>
            <Code text={member} />
          </Cell>
          <Cell column={typeColumn}>
            <TypeOf schema={schema} />
          </Cell>
          <Cell column={descriptionColumn}>
            <Prose text={schema.description ?? ""} />
          </Cell>
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
  return (
    <>{Html.escapeHtml(typeof type === "object" ? type.join(" or ") : (type ?? "anything"))}</>
  );
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
