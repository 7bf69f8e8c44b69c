ALTER TABLE "grants" ADD COLUMN "question_mode" text DEFAULT 'all' NOT NULL;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "question_keys" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_question_mode_known" CHECK ("grants"."question_mode" in ('all', 'only', 'except'));--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_questions_of_read" CHECK ("grants"."permission" = 'READ' or "grants"."question_mode" = 'all');--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_keys_unless_all" CHECK (("grants"."question_mode" = 'all') = (cardinality("grants"."question_keys") = 0));--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_no_null_among_keys" CHECK (array_position("grants"."question_keys", null) is null);
--> statement-breakpoint
-- Whether one choice of questions shows nothing that the other hides, whatever questions there will ever be.
create function questions_are_within(narrower_mode text, narrower_keys text[], wider_mode text, wider_keys text[])
  returns boolean language sql immutable as $$
  select case wider_mode
    when 'all' then true
    when 'only' then narrower_mode = 'only' and narrower_keys <@ wider_keys
    when 'except' then case narrower_mode
      when 'only' then not narrower_keys && wider_keys
      when 'except' then wider_keys <@ narrower_keys
      else false
    end
    else false
  end
$$;
--> statement-breakpoint
-- Grants are made with their key, before its making is in the audit trail. After that they are taken away, or show fewer questions.
create or replace function grants_are_never_added() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' and exists (select from audit_events where api_key_id = new.api_key_id)
    or tg_op = 'UPDATE' and (
      (new.api_key_id, new.program_id, new.permission) is distinct from (old.api_key_id, old.program_id, old.permission)
      or questions_are_within(new.question_mode, new.question_keys, old.question_mode, old.question_keys) is not true
    ) then
    raise exception 'API key % cannot get other grants', new.api_key_id
      using errcode = 'check_violation', constraint = 'grants_never_widen';
  end if;
  return new;
end $$;
