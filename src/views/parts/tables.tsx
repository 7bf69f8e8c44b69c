/**
 * Tables that stay readable in a narrow window: there the cells of a row are below each
 * other, each with its column's name. Style sheets can take the meaning of a table away from
 * assistive technology in some browsers, so every part says what it is.
 */
import type { PropsWithChildren } from "@elysiajs/html";
import { attribute } from "./components.tsx";

const roles = {
  table: { role: "table" },
  group: { role: "rowgroup" },
  row: { role: "row" },
  header: { role: "columnheader" },
  cell: { role: "cell" },
} as const;

/** A table; its rows are `Row`s. The caption is for assistive technology: a heading is near it anyway. */
export function DataTable(props: {
  caption: string;
  columns: readonly string[];
  /** How it looks in a narrow window: with the names of the columns, unless the cells need none. */
  narrow?: "labels" | "grants" | "plain";
  children: PropsWithChildren["children"];
}): JSX.Element {
  const { narrow = "labels" } = props;
  return (
    <table class={`usa-table usa-table--borderless civikey-table--${narrow}`} {...roles.table}>
      <caption class="usa-sr-only" safe>
        {props.caption}
      </caption>
      <thead {...roles.group}>
        <tr {...roles.row}>
          {props.columns.map((column) => (
            <th scope="col" {...roles.header} safe>
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody {...roles.group}>{props.children}</tbody>
    </table>
  );
}

/** One row of a `DataTable` with these columns: each child is a cell. */
export function Row({ columns, children }: PropsWithChildren<{ columns: readonly string[] }>): JSX.Element {
  const cells = [children].flat(2);
  return (
    <tr {...roles.row}>
      {columns.map((column, index) => (
        <td data-column={attribute(column)} {...roles.cell}>
          <div>{cells[index]}</div>
        </td>
      ))}
    </tr>
  );
}
