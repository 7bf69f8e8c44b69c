/** Looks for a text within another. */
import { type SQL, type SQLWrapper, sql } from "drizzle-orm";

/** Whether a column or expression contains a text, in any case. `%`, `_` and `\` mean themselves. */
export function contains(column: SQLWrapper, text: string): SQL {
  return sql`${column} ilike ${`%${text.replace(/[\\%_]/g, "\\$&")}%`}`;
}
