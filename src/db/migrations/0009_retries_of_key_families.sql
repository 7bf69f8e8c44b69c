-- Retries are recognized across every rotation of a key: what was stored under one belongs to the first of them.
-- Where two of them stored the same, the first answer stays.
with recursive families as (
  select id, id as first_id from api_keys where predecessor_id is null
  union all
  select api_keys.id, first_id from api_keys join families on predecessor_id = families.id
), ranked as (
  select api_key_id, program_id, idempotency_key, row_number() over (
    partition by first_id, program_id, idempotency_key order by created_at, application_id) as place
  from idempotent_submissions join families on families.id = api_key_id
)
delete from idempotent_submissions using ranked
where place > 1 and idempotent_submissions.api_key_id = ranked.api_key_id
  and idempotent_submissions.program_id = ranked.program_id
  and idempotent_submissions.idempotency_key = ranked.idempotency_key;--> statement-breakpoint
with recursive families as (
  select id, id as first_id from api_keys where predecessor_id is null
  union all
  select api_keys.id, first_id from api_keys join families on predecessor_id = families.id
)
update idempotent_submissions set api_key_id = first_id from families where families.id = api_key_id and first_id <> families.id;
