/**
 * Tables that stay readable in a narrow window: there the cells of a row are below each
 * other, each with its column's name. Style sheets can take the meaning of a table away from
 * assistive technology in some browsers, so every part says what it is.
 */
import { Html, type PropsWithChildren } from "@elysiajs/html";
import { attribute } from "./text.tsx";

const roles = {
  table: { role: "table" },
  group: { role: "rowgroup" },
  row: { role: "row" },
  header: { role: "columnheader" },
  rowHeader: { role: "rowheader" },
  cell: { role: "cell" },
} as const;

/** A column that the list can be sorted by. */
interface SortableColumn {
  readonly name: string;
  /** The list sorted by it, or the other way round. */
  readonly href: string;
  /** The id of the part of the page that changes. */
  readonly region: string;
  readonly sorted: "ascending" | "descending" | undefined;
}

/** An order of a list. */
interface ListOrder<By extends string> {
  readonly by: By;
  readonly isDescending: boolean;
}

/** An order in an address: `name`, or `-name` the other way round; empty for the usual one. */
export function sortOf<By extends string>(order: ListOrder<By>, usual: ListOrder<By>): string {
  return Bun.deepEquals(order, usual) ? "" : `${order.isDescending ? "-" : ""}${order.by}`;
}

/** A column of a list in an order, which a click sorts by `by`, or the other way round when it is sorted by that. */
export function sortableColumn<By extends string>(
  name: string,
  column: {
    by: By;
    startsDescending?: boolean;
    order: ListOrder<By>;
    region: string;
    hrefOf: (order: ListOrder<By>) => string;
  },
): SortableColumn {
  const { by, order, region, startsDescending = false } = column;
  const isSorted = order.by === by;
  return {
    name,
    region,
    href: column.hrefOf({ by, isDescending: isSorted ? !order.isDescending : startsDescending }),
    sorted: isSorted ? (order.isDescending ? "descending" : "ascending") : undefined,
  };
}

type Columns = readonly (string | SortableColumn)[];

/** The attributes of a link whose page changes only a part of this one, where scripts run. */
export const inPlace = (href: string, region: string) => ({
  href: attribute(href),
  "hx-get": attribute(href),
  "hx-push-url": "true" as const,
  "hx-target": `#${region}`,
  "hx-swap": "outerMorph",
  "hx-indicator": "#busy",
});

/** A table; its rows are `Row`s. The caption is for assistive technology: a heading is near it anyway. */
export function DataTable(props: {
  caption: string;
  columns: Columns;
  /** How it looks in a narrow window: with the names of the columns, unless the cells need none. */
  narrow?: "labels" | "grants" | "plain" | "keys";
  children: PropsWithChildren["children"];
}): JSX.Element {
  const { narrow = "labels" } = props;
  return (
    <table class={`civikey-table civikey-table--${narrow}`} {...roles.table}>
      <caption class="usa-sr-only" safe>
        {props.caption}
      </caption>
      <thead {...roles.group}>
        <tr {...roles.row}>
          {props.columns.map((column) =>
            typeof column === "string" ? (
              <th scope="col" {...roles.header} safe>
                {column}
              </th>
            ) : (
              <th scope="col" {...roles.header} aria-sort={column.sorted}>
                <a class="civikey-sort" {...inPlace(column.href, column.region)}>
                  {Html.escapeHtml(column.name)}
                </a>
              </th>
            ),
          )}
        </tr>
      </thead>
      <tbody {...roles.group}>{props.children}</tbody>
    </table>
  );
}

/** One row of a `DataTable` with these columns: each child is a cell. The first one names the row. */
export function Row({ columns, children }: PropsWithChildren<{ columns: Columns }>): JSX.Element {
  const cells = [children].flat(2);
  return (
    <tr {...roles.row}>
      {columns.map((column, index) => {
        const name = attribute(typeof column === "string" ? column : column.name);
        const cell = <div>{cells[index]}</div>;
        return index === 0 ? (
          <th scope="row" data-column={name} {...roles.rowHeader}>
            {cell}
          </th>
        ) : (
          <td data-column={name} {...roles.cell}>
            {cell}
          </td>
        );
      })}
    </tr>
  );
}
