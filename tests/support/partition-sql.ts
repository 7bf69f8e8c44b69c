/** The SQL of docs/scaling.md that makes `applications` a partitioned table. */
import { join } from "node:path";

/** In the manual's order: the beginning, both ways to make parts (by hash, by list), and the end. */
export async function readPartitionSql(): Promise<string[]> {
  const page = await Bun.file(join(import.meta.dir, "../../docs/scaling.md")).text();
  const chapter = page.slice(page.indexOf("## Partition the applications"), page.indexOf("## What was tested"));
  return [...chapter.matchAll(/```sql\n([\s\S]+?)```/g)].map(([, sql = ""]) => sql);
}
