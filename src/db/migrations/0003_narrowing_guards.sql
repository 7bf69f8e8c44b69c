-- Blocks are nested or apart, never overlapping: those inside a block cover it when their sizes add up to its own.
create function subnets_are_within(narrower cidr[], wider cidr[]) returns boolean
  language sql immutable as $$
  select not exists (
    select from unnest(narrower) as block
    where not exists (select from unnest(wider) as whole where block <<= whole)
      and (
        select coalesce(sum(2::numeric ^ (128 - masklen(part))), 0)
        from (select distinct part from unnest(wider) as part where part << block) as parts
        where not exists (
          select from unnest(wider) as larger where part << larger and larger << block
        )
      ) < 2::numeric ^ (128 - masklen(block))
  )
$$;
--> statement-breakpoint
-- A key only ever loses: a later expiration, other addresses and more grants need a new key.
create function api_key_never_widens() returns trigger language plpgsql as $$
begin
  if new.expiration > old.expiration then
    raise exception 'API key % cannot get a later expiration', old.id
      using errcode = 'check_violation', constraint = 'api_keys_never_widen';
  end if;
  if new.subnets is distinct from old.subnets
    and not subnets_are_within(new.subnets, old.subnets) then
    raise exception 'API key % cannot get other subnets', old.id
      using errcode = 'check_violation', constraint = 'api_keys_never_widen';
  end if;
  if new.predecessor_id is distinct from old.predecessor_id then
    raise exception 'API key % keeps its predecessor', old.id
      using errcode = 'check_violation', constraint = 'api_keys_keep_identity';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger api_keys_never_widen before update on api_keys
  for each row execute function api_key_never_widens();
--> statement-breakpoint
-- Grants are made with their key, before its making is in the audit trail, and are only taken away after that.
create function grants_are_never_added() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE'
    or exists (select from audit_events where api_key_id = new.api_key_id) then
    raise exception 'API key % cannot get other grants', new.api_key_id
      using errcode = 'check_violation', constraint = 'grants_never_widen';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger grants_never_widen before insert or update on grants
  for each row execute function grants_are_never_added();
