ALTER TABLE "programs" DROP CONSTRAINT "programs_slug_form";--> statement-breakpoint
ALTER TABLE "programs" ADD CONSTRAINT "programs_slug_form" CHECK ("programs"."slug" ~ '^[a-z0-9_-]+$');
--> statement-breakpoint
-- Programs get the slugs that CiviForm gives them. Where another program has that slug, or is to get it first,
-- the old one stays, and an audit event says so.
do $$
declare
  program record;
  other text;
begin
  for program in
    select id, slug, wanted from programs,
      lateral (select btrim(
        regexp_replace(
          lower(regexp_replace(normalize(admin_name, NFKD), '[^\u0001-\u007f]', '', 'g') collate "C"),
          '[^a-z0-9_]+', '-', 'g'),
        '-') as wanted) slugified
    where wanted <> slug and wanted <> ''
    order by id
  loop
    select admin_name into other from programs where slug = program.wanted;
    if other is null then
      update programs set slug = program.wanted where id = program.id;
      insert into audit_events (at, actor, action, program_id, details)
      values (now(), 'upgrade', 'program.slug_changed', program.id,
        jsonb_build_object(
          'before', jsonb_build_object('slug', program.slug),
          'after', jsonb_build_object('slug', program.wanted)));
    else
      insert into audit_events (at, actor, action, program_id, details)
      values (now(), 'upgrade', 'program.slug_kept', program.id,
        jsonb_build_object('slug', program.slug, 'wanted', program.wanted, 'takenBy', other));
    end if;
  end loop;
end $$;
