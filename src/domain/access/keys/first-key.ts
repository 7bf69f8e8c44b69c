/** Keys that replaced one another by rotation. */

/** SQL for the id of the first of the keys that replaced one another until the one of `$1`. */
export const firstKey = `(
  with recursive family as (
    select id, predecessor_id from api_keys where id = $1
    union all
    select api_keys.id, api_keys.predecessor_id from api_keys join family on api_keys.id = family.predecessor_id)
  select id from family where predecessor_id is null)`;
