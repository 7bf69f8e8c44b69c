import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chooseQuestions,
  createKeyTest,
  type GrantedQuestions,
  isWithinQuestions,
} from "../../src/domain/access/questions.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
  await database.client.unsafe(`
    insert into programs (slug, admin_name, name, program_type, created_at)
    values ('p', 'p', 'P', 'DEFAULT', now())`);
});
afterAll(() => database.close());

const columns = {
  key_id: "'k' || gen_random_uuid()",
  name: "'Name'",
  secret_hash: "'hash'",
  salt_id: "'salt'",
  expiration: "now() + interval '1 day'",
  subnets: "array['10.0.0.0/8']::cidr[]",
  created_at: "now()",
  created_by: "'ada'",
};

/** Stores a key and its grant as somebody with a SQL prompt would, past all of our code. */
const insert = (changes: Record<string, string> = {}, grant = true) => {
  const row = { ...columns, ...changes };
  return database.client.begin(async (sql) => {
    await sql.unsafe(`insert into api_keys (${Object.keys(row)}) values (${Object.values(row)})`);
    if (grant) await sql.unsafe("insert into grants select max(id), 1, 'READ' from api_keys");
  });
};
const refusal = async (work: Promise<unknown>) => {
  try {
    await work;
    return "stored";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

describe("the database itself refuses", () => {
  test("nothing of a key that is whole", async () => {
    expect(await refusal(insert())).toBe("stored");
  });

  const broken: Record<string, readonly [Record<string, string>, RegExp]> = {
    "a key without expiration": [{ expiration: "null" }, /expiration/],
    "a key without subnets": [{ subnets: "null" }, /subnets/],
    "a key with an empty list of subnets": [{ subnets: "'{}'" }, /have_a_subnet/],
    "a key with a null among its subnets": [{ subnets: "array[null]::cidr[]" }, /subnets_not_null/],
    "a key with a text that is no subnet": [{ subnets: "array['nonsense']::cidr[]" }, /cidr/],
    "a key with a blank name": [{ name: "'  '" }, /name_not_blank/],
    "a key that was retired by nobody": [{ retired_at: "now()" }, /retired_by_someone/],
  };
  for (const [name, [changes, message]] of Object.entries(broken)) {
    test(name, async () => {
      expect(await refusal(insert(changes))).toMatch(message);
    });
  }

  test("a key without a grant, at the end of the transaction", async () => {
    expect(await refusal(insert({}, false))).toMatch(/has no grant/);
  });

  test("taking away a key's last grant", async () => {
    await insert();
    expect(
      await refusal(database.client.unsafe("delete from grants where api_key_id = (select max(id) from api_keys)")),
    ).toMatch(/has no grant/);
  });

  test("bringing a retired key back, and deleting any", async () => {
    await insert({ retired_at: "now()", retired_by: "'ada'" });
    const last = "(select max(id) from api_keys)";
    for (const statement of [
      `update api_keys set retired_at = null, retired_by = null where id = ${last}`,
      `update api_keys set retired_at = now() + interval '1 day' where id = ${last}`,
    ]) {
      expect(await refusal(database.client.unsafe(statement))).toMatch(/retired for good/);
    }
    expect(await refusal(database.client.unsafe("delete from api_keys"))).toMatch(/append-only/);
  });

  test("changing, deleting or truncating the audit trail", async () => {
    await database.client.unsafe(
      "insert into audit_events (at, actor, action, details) values (now(), 'ada', 'x', '{}')",
    );
    for (const statement of [
      "update audit_events set actor = 'eve'",
      "delete from audit_events",
      "truncate audit_events",
    ]) {
      expect(await refusal(database.client.unsafe(statement))).toMatch(/append-only/);
    }
  });

  test("taking away all grants of all keys at once, which nobody would notice", async () => {
    expect(await refusal(database.client.unsafe("truncate grants"))).toMatch(/append-only/);
  });

  describe("a choice of questions", () => {
    const choose = ([mode, ...keys]: readonly string[]) => `question_mode = '${mode}', question_keys = '{${keys}}'`;
    const last = "where api_key_id = (select max(id) from api_keys)";
    const broken: [why: string, changes: string, message: RegExp][] = [
      ["of a mode that there is not", choose(["some", "a"]), /question_mode_known/],
      ["that lists nothing", choose(["only"]), /keys_unless_all/],
      ["of all that lists something", choose(["all", "a"]), /keys_unless_all/],
      ["with a null in it", "question_mode = 'only', question_keys = '{a,null}'", /no_null_among_keys/],
      ["on a program that the key only writes to", `permission = 'WRITE', ${choose(["only", "a"])}`, /grants/],
    ];
    for (const [why, changes, message] of broken) {
      test(why, async () => {
        await insert();
        expect(await refusal(database.client.unsafe(`update grants set ${changes} ${last}`))).toMatch(message);
      });
    }

    test("that shows more than the one before, in every combination that there is", async () => {
      const choices: GrantedQuestions[] = [
        ...[[], ["a"], ["b"], ["a", "b"]].map((keys) => chooseQuestions("except", keys)),
        ...[["a"], ["b"], ["c"], ["a", "b"], ["a", "c"]].map((keys) => chooseQuestions("only", keys)),
      ];
      // Any question that some choice names, and one that none does.
      const shown = (choice: GrantedQuestions) => ["a", "b", "c", "later"].filter(createKeyTest(choice));
      const pairs = choices.flatMap((wider) => choices.map((narrower) => ({ wider, narrower })));
      const isWithin = pairs.map(({ narrower, wider }) => new Set(shown(narrower)).isSubsetOf(new Set(shown(wider))));
      expect(pairs.map(({ narrower, wider }) => isWithinQuestions(narrower, wider))).toEqual(isWithin);
      const keysOf = (choice: string) => `array(select jsonb_array_elements_text(pair -> '${choice}' -> 'keys'))`;
      const rows = await database.client.unsafe<{ is_within: boolean }[]>(
        `select questions_are_within(pair -> 'narrower' ->> 'mode', ${keysOf("narrower")},
           pair -> 'wider' ->> 'mode', ${keysOf("wider")}) as is_within
         from jsonb_array_elements($1::text::jsonb) with ordinality as pairs (pair, place) order by place`,
        [JSON.stringify(pairs)],
      );
      expect(rows.map(({ is_within }) => is_within)).toEqual(isWithin);
      await insert();
      const change = (choice: string) => refusal(database.client.unsafe(`update grants set ${choice} ${last}`));
      expect(await change(choose(["except", "a"]))).toBe("stored");
      expect(await change(choose(["all"]))).toMatch(/cannot get other grants/);
      expect(await change(choose(["only", "a", "b"]))).toMatch(/cannot get other grants/);
      expect(await change(choose(["only", "b"]))).toBe("stored");
    });

    test("and moving it to another program, or to WRITE", async () => {
      await insert();
      for (const change of ["permission = 'WRITE'", "program_id = 2", `program_id = 2, ${choose(["only", "a"])}`]) {
        const changed = database.client.unsafe(`update grants set ${change} ${last}`);
        expect(await refusal(changed)).toMatch(/cannot get other grants/);
      }
    });
  });

  test("changing a published definition, or a second active version", async () => {
    const version = (id: number, stage: string) =>
      database.client.unsafe(`
        insert into program_versions (id, program_id, stage, definition, questions, imported_at, published_at)
        values (${id}, 1, '${stage}', '{}', '[]', now(), now())`);
    await version(1, "active");
    expect(await refusal(database.client.unsafe("update program_versions set definition = '{\"a\":1}'"))).toMatch(
      /never changes/,
    );
    expect(await refusal(version(2, "active"))).toMatch(/one_active/);
  });
});
