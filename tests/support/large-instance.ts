/** An instance that has been used for years: seeded by SQL, because making each key by itself would take minutes. */
import type { TestApp } from "./app.ts";
import { programExport } from "./factories.ts";

/** How much there is. */
export const largeInstance = { programs: 1000, apiKeys: 1000, grantsOfWidestKey: 1000 } as const;

/** The name of the key that may read every program; it is the newest one. */
export const widestKeyName = "Data warehouse of the whole city";

const subjects = ["Child care", "Food vouchers", "Housing", "Senior meals", "Snow removal"];

/**
 * Fills an empty database: programs with an active version each, keys in every state with a grant or
 * two, calls of thirty days, refused calls, audit events. Names differ as real ones do.
 */
export async function fillLargeInstance(app: TestApp): Promise<void> {
  const { client } = app.database;
  const now = app.now.toISOString();
  const { programs, apiKeys, grantsOfWidestKey } = largeInstance;
  const definition = programExport({ adminName: "seeded" });
  await client.begin(async (sql) => {
    await sql`
      insert into programs (slug, admin_name, name, program_type, created_at)
      select slug, slug, name, 'DEFAULT', ${now}::timestamptz from (
        select lower(replace(subject, ' ', '-')) || '-' || substr(md5(n::text), 1, 6) || '-' || n as slug,
          subject || ' of district ' || n || ' (' || substr(md5('name' || n), 1, 8) || ')' as name
        from generate_series(1, ${programs}::int) n,
          lateral (select (${subjects}::text[])[1 + n % 5] as subject) s
        order by n) made`;
    await sql`
      insert into program_versions (id, program_id, stage, definition, questions, imported_at, published_at)
      select id, id, 'active', ${definition}, '[]', ${now}::timestamptz, ${now}::timestamptz from programs`;
    await sql`
      insert into api_keys (key_id, name, secret_hash, salt_id, expiration, subnets, contact_email,
        created_at, created_by, retired_at, retired_by)
      select 'cvk_' || substr(md5('key' || n) || md5(n::text), 1, 22),
        case n when ${apiKeys}::int then ${widestKeyName} else 'Back end ' || md5('k' || n) end,
        'none', 'none',
        ${now}::timestamptz + ((n * 7) % 360 - 20) * interval '1 day' + interval '5 hours',
        array[('198.51.' || n % 250 || '.0/24')::cidr, ('203.0.113.' || n % 250 || '/32')::cidr],
        'owner-' || n || '@example.org',
        ${now}::timestamptz - interval '400 days' + n * interval '5 minutes', 'ada@example.org',
        case when n % 10 = 0 and n < ${apiKeys}::int then ${now}::timestamptz end,
        case when n % 10 = 0 and n < ${apiKeys}::int then 'ada@example.org' end
      from generate_series(1, ${apiKeys}::int) n order by n`;
    await sql`
      insert into grants (api_key_id, program_id, permission)
      select id, 1 + id * 37 % ${programs}::int, 'READ' from api_keys where name <> ${widestKeyName}
      union all select id, 1 + id * 11 % ${programs}::int, 'WRITE' from api_keys
        where id % 8 = 3 and name <> ${widestKeyName}
      union all select k.id, p.id, 'READ' from api_keys k, programs p
        where k.name = ${widestKeyName} and p.id <= ${grantsOfWidestKey}::int`;
    await sql`
      insert into api_key_usage (api_key_id, call_count, last_used_at, last_used_address)
      select id, id * 131, ${now}::timestamptz - id * interval '1 minute', '198.51.100.7' from api_keys`;
    await sql`
      insert into api_key_daily_calls (api_key_id, day, call_count)
      select id, ${now}::timestamptz::date - d, (id * 7919 + d * 104729) % 5000
      from api_keys, generate_series(0, 29) d where id > ${apiKeys - 300}::int`;
    await sql`
      insert into refusals (minute, reason, api_key_id, address, route, call_count, last_at, last_request_id)
      select at, 'outside_subnet', 1 + n % ${apiKeys}::int, ('198.51.100.' || n % 250)::inet,
        '/api/v1/checkAuth', 1 + n % 9, at, md5(n::text)
      from generate_series(1, 1000) n,
        lateral (select date_trunc('minute', ${now}::timestamptz) - n * interval '1 minute' as at) t`;
    await sql`
      insert into audit_events (at, actor, action, api_key_id, address, details)
      select created_at, created_by, 'api_key.created', id, '203.0.113.9',
        jsonb_build_object('name', name, 'keyId', key_id, 'subnets', to_jsonb(subnets), 'grants',
          (select jsonb_agg(jsonb_build_object('slug', slug, 'permission', permission))
           from grants join programs on programs.id = program_id where api_key_id = api_keys.id))
      from api_keys order by id`;
  });
  await client.unsafe("analyze");
}
