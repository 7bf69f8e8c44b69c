/** The server's role reads and writes rows, and can do nothing else: tried as that role. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { deleteOldRows } from "../../src/db/cleanup.ts";
import { type Connection, connect, type DatabaseTarget } from "../../src/db/client.ts";
import { migrateDatabase } from "../../src/db/migrate.ts";
import { addDays, localDate } from "../../src/lib/time/times.ts";
import { runCommand } from "../support/command.ts";
import { openEmptyDatabase, startServer, type TestDatabase, urlOf } from "../support/database.ts";
import { startServerInProcess } from "../support/server-in-process.ts";

let owner: TestDatabase;
let target: DatabaseTarget;
let application: Connection;

beforeAll(async () => {
  owner = await openEmptyDatabase();
  const { connection } = (await startServer()).postgres;
  const database = typeof owner.target === "string" ? "" : owner.target.database;
  target = { ...connection, database };
  application = connect(target, { connectionsMax: 2 });
});
afterAll(async () => {
  await application.close();
  await owner.close();
});

async function succeed(args: readonly string[], env = {}) {
  const { exitCode, stderr, ...rest } = await runCommand({ target }, args, { env });
  expect([args.slice(0, 2), exitCode, stderr]).toEqual([args.slice(0, 2), 0, ""]);
  return rest;
}

test("a server whose role owns nothing doesn't migrate: it says who has to", async () => {
  const start = startServerInProcess(urlOf(target));
  await expect(start).rejects.toThrow(
    /migration\(s\) behind, and this role may not change it\. Set DATABASE_MIGRATION_URL/,
  );
  const { exitCode, stderr } = await runCommand({ target }, ["database", "migrate"]);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining("database migrate --url OWNER_URL")]);
});

test("an owner's URL that leads elsewhere, or cannot be read, is refused", async () => {
  const other = await openEmptyDatabase();
  const elsewhere = await runCommand({ target }, ["database", "migrate", "--url", urlOf(other.target)]);
  expect([elsewhere.exitCode, elsewhere.stderr]).toEqual([1, expect.stringContaining("leads to another database")]);
  expect([...(await other.client`select from pg_tables where schemaname = 'public'`)]).toEqual([]);
  const unread = await runCommand({ target }, ["database", "migrate", "--url", "postgres://db/x"]);
  expect([unread.exitCode, unread.stderr]).toEqual([2, expect.stringContaining("--url needs an sslmode")]);
  await other.close();
});

test("once the owner has migrated, everything works as a role that can change no table and no audit event", async () => {
  await succeed(["database", "migrate", "--url", urlOf(owner.target)]);
  // A later release's table, made by the owner.
  await owner.client`create table later (id bigint generated always as identity, note text)`;
  await application.client`insert into later (note) values ('here')`;

  await succeed(["demo", "seed", "--applications", "30"]);
  const expires = addDays(localDate(new Date(), "America/Los_Angeles"), 30);
  const create = ["keys", "create", "--name", "Rights", "--expires", expires, "--subnet", "127.0.0.0/8", "--json"];
  const made = (await succeed([...create, "--read", "utility-discount", "--write", "utility-discount"])).json();
  const { token, keyId } = made as { token: string; keyId: string };
  const server = await startServerInProcess(urlOf(target), { DATABASE_MIGRATION_URL: urlOf(owner.target) });
  const list = "/api/v1/admin/programs/utility-discount/applications";
  const { payload } = (await (await server.call(`${list}?pageSize=50`, token)).json()) as {
    payload: { application_id: number }[];
  };
  expect(payload).toHaveLength(30);
  const submission = { applicant_id: 4711, language: "en-US", application: {} };
  const submitted = await server.call(list, token, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(submission),
  });
  expect(submitted.status).toBe(201);
  await succeed(["applications", "erase", "--program", "utility-discount", "--applicant", "4711"]);
  expect((await server.call(new URL(submitted.headers.get("location") ?? "").pathname, token)).status).toBe(404);
  expect((await server.call("/readyz")).status).toBe(200);
  await succeed(["keys", "retire", keyId]);
  expect((await server.call(list, token)).status).toBe(401);
  await server.stop();
  await deleteOldRows(application.client, { zone: "UTC", stopping: new AbortController().signal });
  expect(server.output()).not.toMatch(/"level":"(error|warn)"/);

  for (const statement of [
    "delete from audit_events",
    "update audit_events set actor = 'nobody'",
    "truncate audit_events",
    "select setval('submitted_application_ids', 4503599627370496)",
    "alter table audit_events disable trigger all",
    "drop trigger audit_events_append_only on audit_events",
    "alter table api_keys add column mine text",
    "delete from api_keys",
    "create table mine (id int)",
    "insert into drizzle.__drizzle_migrations (hash, created_at) values ('x', 1)",
    "create or replace function refuse_change() returns trigger language plpgsql as 'begin return new; end'",
    "set role civikey_owner",
  ]) {
    const code = await application.client.unsafe(statement).then(
      () => "done",
      (error) => error.code,
    );
    // 55P04 would be a table in use; 42501 is insufficient_privilege.
    expect([statement, code]).toEqual([statement, "42501"]);
  }
  const [row] = await owner.client`select count(*)::int as owned from pg_class where relowner = 'civikey'::regrole`;
  expect(row).toEqual({ owned: 0 });
});

test("no guard looks into a temporary table, which any role can make", async () => {
  // The one without a setting names its table whole: `into noted` is no table.
  const unpinned = await owner.client`
    select proname from pg_proc
    where pronamespace = 'public'::regnamespace and proconfig is null and proname <> 'application_notes_modification'
      and prosrc ~* ${String.raw`\m(from|join|into|update)\s+[a-z_]+\M(?![.(])`}`;
  expect([...unpinned]).toEqual([]);
  const widened = application.client.begin(async (tx) => {
    await tx`create temp table audit_events (api_key_id bigint) on commit drop`;
    await tx`insert into grants (api_key_id, program_id, permission)
      select key.id, program.id, permission from api_keys key, programs program, unnest(array['READ', 'WRITE']) permission
      on conflict do nothing`;
  });
  await expect(widened).rejects.toMatchObject({ code: "23514", constraint_name: "grants_never_widen" });
  const deleted = application.client.begin(async (tx) => {
    await tx`create temp table erased_applications on commit drop as select program_id, application_id from applications`;
    await tx`delete from applications`;
  });
  await expect(deleted).rejects.toMatchObject({ code: "23001", constraint_name: "applications_leave_erased" });
});

test("the grants can be printed, and one role for both is told so once", async () => {
  const { statements } = (await succeed(["database", "grants", "--json"])).json() as { statements: string[] };
  expect(statements).toContain('revoke update, delete on public.audit_events from "civikey"');
  await owner.client`grant all on all tables in schema public to civikey`;
  for (const statement of statements) await owner.client.unsafe(statement);
  const [row] = await owner.client`
    select array_agg(distinct privilege_type::text order by privilege_type::text) as privileges
    from information_schema.table_privileges where grantee = 'civikey' and table_schema = 'public'`;
  expect(row).toEqual({ privileges: ["DELETE", "INSERT", "SELECT", "UPDATE"] });
  const server = await startServerInProcess(urlOf(owner.target));
  await server.stop();
  expect(server.output().match(/the server's role owns its tables/g)).toHaveLength(1);
  await migrateDatabase(owner.target, { grantTo: "civikey_owner" });
});
