/** What the API serves, stored as it is served in its own table: the least any server would have to read. */
import type { TestDatabase } from "../support/database.ts";
import { benchSlug } from "./bench-keys.ts";
import type { BenchServer } from "./bench-process.ts";

/** Where the list of the program's applications is. */
export const listPath = `/api/v1/admin/programs/${benchSlug}/applications`;

const batchRows = 1000;

/**
 * Streams all applications once, checks that each of 1 to `count` came, from the last to the first, and
 * fills `ready_texts` with them. They are stored in the form that is fastest to read: inline, not compressed.
 */
export async function fillReadyTexts(
  database: TestDatabase,
  input: { server: BenchServer; token: string; count: number },
): Promise<{ bytes: number }> {
  const { client } = database;
  await client.unsafe(`
    create table ready_texts (application_id bigint primary key, body text not null)
      with (toast_tuple_target = 8160);
    alter table ready_texts alter body set storage external`);
  let expected = input.count;
  let bytes = 0;
  for await (const lines of readBatches(input)) {
    const ids = lines.map((line) => Number(JSON.parse(line).application_id));
    for (const id of ids) {
      if (id !== expected) throw new Error(`application ${id} came in place of ${expected}`);
      expected -= 1;
    }
    for (const line of lines) bytes += Buffer.byteLength(line) + 1;
    await client`
      insert into ready_texts select * from unnest(${ids}::bigint[], ${lines}::text[])`;
  }
  if (expected !== 0) throw new Error(`${expected} applications did not come`);
  await client.unsafe("vacuum analyze ready_texts");
  return { bytes };
}

async function* readBatches(input: { server: BenchServer; token: string }): AsyncGenerator<string[]> {
  const response = await fetch(`http://127.0.0.1:${input.server.port}${listPath}`, {
    headers: {
      Authorization: `Basic ${input.token}`,
      Accept: "application/x-ndjson",
      "Accept-Encoding": "identity",
    },
  });
  if (response.status !== 200 || response.body === null) throw new Error(`${response.status}`);
  let rest = "";
  let batch: string[] = [];
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    batch.push(...lines);
    while (batch.length >= batchRows) {
      yield batch.slice(0, batchRows);
      batch = batch.slice(batchRows);
    }
  }
  if (rest !== "") throw new Error("the stream ends within a line");
  if (batch.length > 0) yield batch;
}
