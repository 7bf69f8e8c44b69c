/** The list of API keys as an admin's browser waits for it, with many keys and with few. */
import { createAdmin } from "../../src/domain/access/people/create.ts";
import { Secret } from "../../src/lib/secrets/secret.ts";
import { openTestDatabase, type TestDatabase, urlOf } from "../support/database.ts";
import { actor, ownForm, password } from "../support/factories.ts";
import { requestOf } from "../support/raw-http.ts";
import { makeBenchKeys } from "./bench-keys.ts";
import { startProductServer } from "./bench-process.ts";
import { type LoadGenerator, openLoadGenerator } from "./load-generator.ts";
import { judge, type Measurement, type Scale, within } from "./measurement.ts";
import { measureInTurn, mediansOf, ratiosOf } from "./rounds.ts";

const comparison = {
  name: "admin list with 10,000 keys, first byte",
  against: "with 10 keys",
  target: within(2),
};

/** Times from the request of `/admin/apiKeys` to the first bytes of the page, one connection. */
export const adminList: Measurement = {
  comparisons: [comparison],
  async measure(scale) {
    const few = await openList(10);
    const many = await openList(10_000);
    const generator = openLoadGenerator();
    const rounds = await measureInTurn(scale, {
      "10 keys": () => few.timeFirstByte(generator, scale),
      "10,000 keys": () => many.timeFirstByte(generator, scale),
    });
    await generator.close();
    await Promise.all([few.close(), many.close()]);
    return [
      judge(comparison, {
        rounds: ratiosOf(rounds, "10,000 keys", "10 keys"),
        figures: mediansOf(rounds, "ms"),
      }),
    ];
  },
};

/** A server with this many keys, and a signed-in admin. */
async function openList(count: number) {
  const database = await openTestDatabase();
  await makeManyKeys(database, count);
  const admin = { email: "ada@example.org", password: new Secret(password) };
  await createAdmin(database.db, { ...admin, actor, now: new Date() });
  const server = await startProductServer(urlOf(database.target));
  const request = requestOf("/admin/apiKeys", [`Cookie: ${await signInTo(server.port)}`]).replace(
    "Connection: close\r\n",
    "",
  );
  return {
    async timeFirstByte(generator: LoadGenerator, { seconds }: Scale): Promise<number> {
      const kinds = [{ texts: [request], status: 200 }];
      const job = { port: server.port, connections: 1, seconds, kinds };
      const { firstByteMs, samples } = await generator.run(job);
      if (!samples[0]?.includes("Case management")) throw new Error("the page does not list the keys");
      return firstByteMs;
    },
    async close() {
      await server.stop();
      await database.close();
    },
  };
}

/** Ten keys as an admin creates them; the others copy everything but the key id from these. */
async function makeManyKeys(database: TestDatabase, count: number): Promise<void> {
  const made = 10;
  await makeBenchKeys(database, made);
  const { client } = database;
  const columns = await client<{ name: string }[]>`
    select column_name as name from information_schema.columns
    where table_name = 'api_keys' and table_schema = current_schema
      and is_generated = 'NEVER' and is_identity = 'NO' and column_name <> 'change_id' order by ordinal_position`;
  const names = columns.map(({ name }) => name);
  const values = names.map((name) => (name === "key_id" ? "left(key_id, 4) || md5(number::text)" : name));
  await client.unsafe(`
    with added as (
      insert into api_keys (${names}) select ${values}
      from generate_series(1, ${count - made}) number
      join (select *, row_number() over (order by id) as place from api_keys) k
        on place = 1 + number % ${made}
      returning id)
    insert into grants (api_key_id, program_id, permission)
    select added.id, p.id, 'READ' from added cross join programs p`);
  // Long enough ago that the page shows the same text throughout the measurement.
  await client`
    insert into api_key_usage (api_key_id, call_count, last_used_at)
    select id, 1000 + id, now() - interval '80 hours' from api_keys`;
  await client`
    insert into api_key_daily_calls (api_key_id, day, call_count)
    select id, current_date - day, 10 * day from api_keys cross join generate_series(1, 30) day`;
  await client.unsafe("vacuum analyze");
}

/** Signs in the test admin; returns the session cookie. */
export async function signInTo(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/login`, {
    method: "POST",
    headers: ownForm,
    redirect: "manual",
    body: new URLSearchParams({ email: "ada@example.org", password }),
  });
  const cookie = response.headers.get("set-cookie")?.split(";")[0];
  if (response.status !== 303 || !cookie) throw new Error(`sign-in failed: ${response.status}`);
  return cookie;
}
