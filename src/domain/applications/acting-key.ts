/** The key that submitted an application or set its status, as SQL: what people are shown of it. */

/** Its name, and whether it still has a grant on the program: program admins see only such keys. */
export interface ActingKey {
  readonly id: number;
  readonly name: string;
  readonly holdsGrant: boolean;
}

/** Of `api_keys`, which is joined; null where there is none. `$1` is the program. */
export const actingKey = `case when api_keys.id is not null then json_build_object(
  'id', api_keys.id, 'name', api_keys.name, 'holdsGrant',
  exists (select 1 from grants where grants.api_key_id = api_keys.id and grants.program_id = $1)) end`;
