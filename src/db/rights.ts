/** What the server's role may do in a database that another role owns: read and write rows, draw ids, and no more. */
import type { ISql } from "postgres";

/** A table of ours, and whether its rows may be changed and deleted: a trigger that refuses it always says no. */
interface TableRights {
  readonly name: string;
  readonly mayUpdate: boolean;
  readonly mayDelete: boolean;
  /** Whether the role has these rights, no more and no less. */
  readonly isRight: boolean;
}

/**
 * The statements that give `role` what a server needs, in any number of later runs too: whole schemas, and the tables of
 * later releases by default; of append-only tables, such as the audit log, only `select` and `insert`.
 */
export async function listGrants(sql: ISql, role: string): Promise<string[]> {
  return describeGrants(await readTables(sql, role), role);
}

/** Grants them as the owner, unless `role` has exactly these rights. Does nothing for the owner itself. */
export async function grantRights(sql: ISql, role: string): Promise<void> {
  const [who] = await sql`select current_user as owner`;
  if (who?.owner === role) return;
  const tables = await readTables(sql, role);
  if (tables.every(({ isRight }) => isRight)) return;
  for (const statement of describeGrants(tables, role)) await sql.unsafe(statement);
}

/** Whether the role of this connection could change the tables themselves, and so disable their triggers. */
export async function ownsTables(sql: ISql): Promise<boolean> {
  const [row] = await sql`
    select pg_has_role(current_user, relowner, 'usage') as owns from pg_class where oid = 'audit_events'::regclass`;
  return row?.owns === true;
}

function describeGrants(tables: readonly TableRights[], role: string): string[] {
  const name = `"${role.replaceAll('"', '""')}"`;
  const rows = "select, insert, update, delete";
  return [
    `grant usage on schema public, drizzle to ${name}`,
    `grant select on all tables in schema drizzle to ${name}`,
    `revoke truncate, references, trigger on all tables in schema public from ${name}`,
    `grant ${rows} on all tables in schema public to ${name}`,
    `grant usage on all sequences in schema public to ${name}`,
    `alter default privileges in schema public grant ${rows} on tables to ${name}`,
    `alter default privileges in schema public grant usage on sequences to ${name}`,
    ...tables
      .filter(({ mayUpdate, mayDelete }) => !(mayUpdate && mayDelete))
      .map(({ name: table, mayUpdate, mayDelete }) => {
        const refused = [...(mayUpdate ? [] : ["update"]), ...(mayDelete ? [] : ["delete"])];
        return `revoke ${refused.join(", ")} on ${table} from ${name}`;
      }),
  ];
}

async function readTables(sql: ISql, role: string): Promise<TableRights[]> {
  // The bits of tgtype are 1 for each row, 8 for delete and 16 for update (PostgreSQL's pg_trigger.h).
  return await sql<TableRights[]>`
    with refusals as (
      select tgrelid, tgtype from pg_trigger join pg_proc p on p.oid = tgfoid
      where proname = 'refuse_change' and tgqual is null
    ), tables as (
      select c.oid, format('%I.%I', nspname, relname) as name, nspname = 'public' as "isOurs",
        not exists (select from refusals where tgrelid = c.oid and tgtype & 17 = 17) as "mayUpdate",
        not exists (select from refusals where tgrelid = c.oid and tgtype & 9 = 9) as "mayDelete"
      from pg_class c join pg_namespace n on n.oid = relnamespace
      where nspname in ('public', 'drizzle') and relkind in ('r', 'p')
    ), sequences as (
      select bool_and(has_sequence_privilege(${role}, oid, 'usage')) as "areRight" from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'S'
    )
    select name, "mayUpdate", "mayDelete",
      has_table_privilege(${role}, oid, 'select') and (not "isOurs"
        or "areRight" and has_table_privilege(${role}, oid, 'insert')
        and has_table_privilege(${role}, oid, 'update') = "mayUpdate"
        and has_table_privilege(${role}, oid, 'delete') = "mayDelete"
        and not has_table_privilege(${role}, oid, 'truncate, references, trigger')) as "isRight"
    from tables, sequences where "isOurs" or name = 'drizzle.__drizzle_migrations' order by name`;
}
