/** Looks up in the database whether everything is there that was acknowledged during the load run. */
import type { Connection } from "../../src/db/client.ts";
import { type Acknowledged, slugs } from "./load-writers.ts";

/** Counts of acknowledged writes. */
export interface Losses {
  readonly acknowledged: number;
  readonly "keys made": number;
  readonly "keys narrowed": number;
  readonly "keys retired": number;
  readonly "applications imported": number;
  readonly lost: number;
}

/** A key counts once for being made, narrowed and retired each; all of it needs its audit event, too. */
export async function countLost({ client }: Connection, acknowledged: Acknowledged): Promise<Losses> {
  const { keys, applicationIds } = acknowledged;
  const rows = await client<StoredState[]>`
    select k.id::int, retired_at is not null as is_retired,
      not exists (select from grants g join programs p on p.id = g.program_id
        where g.api_key_id = k.id and p.slug = ${slugs[1]}) as is_narrowed,
      array(select action from audit_events where api_key_id = k.id) as actions
    from api_keys k`;
  const applications = await client<{ id: number }[]>`
    select application_id::int as id from applications`;
  const stored = new Map(rows.map((row) => [row.id, row]));
  const there = new Set(applications.map(({ id }) => id));
  const has = (id: number, action: string, isIt: (row: StoredState) => boolean) => {
    const row = stored.get(id);
    return row !== undefined && isIt(row) && row.actions.includes(action);
  };
  const narrowed = keys.filter(({ isNarrowed }) => isNarrowed);
  const retired = keys.filter(({ isRetired }) => isRetired);
  const lost = [
    ...keys.filter(({ id }) => !has(id, "api_key.created", () => true)),
    ...narrowed.filter(({ id }) => !has(id, "api_key.narrowed", (row) => row.is_narrowed)),
    ...retired.filter(({ id }) => !has(id, "api_key.retired", (row) => row.is_retired)),
    ...applicationIds.filter((id) => !there.has(id)),
  ];
  return {
    acknowledged: keys.length + narrowed.length + retired.length + applicationIds.length,
    "keys made": keys.length,
    "keys narrowed": narrowed.length,
    "keys retired": retired.length,
    "applications imported": applicationIds.length,
    lost: lost.length,
  };
}

interface StoredState {
  readonly id: number;
  readonly is_retired: boolean;
  readonly is_narrowed: boolean;
  readonly actions: readonly string[];
}
