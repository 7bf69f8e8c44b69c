/** What a restriction would have meant for the calls that a key made. */
import type { Database } from "../../../db/client.ts";
import { runSql } from "../../../db/run-sql.ts";
import { isAmong, type NamedPermission } from "../grants.ts";
import type { ApiKey } from "../keys/find.ts";
import { firstHistoryDay } from "./history.ts";
import { otherAddresses } from "./tallies.ts";

/** What a key would keep. */
interface KeptAccess {
  /** CIDR texts. */
  readonly subnets: readonly string[];
  readonly grants: readonly NamedPermission[];
}

/** How many calls of the last 30 days would have been refused. */
export interface WhatIf {
  /** All good calls of those days. */
  readonly callCount: number;
  /** How many of them would have been refused for certain. */
  readonly refusedMin: number;
  /**
   * How many at most. The same, unless calls may have been both from a removed subnet and to a removed program, or some
   * were not counted by address and program: those before CiviKey did that, and those from too many addresses.
   */
  readonly refusedMax: number;
}

/**
 * Says how many calls in the 30 days up to `today` (`YYYY-MM-DD`) a key could not have made with what it would keep:
 * those from addresses that its subnets hold now and the kept ones don't, and those by grants that it would lose.
 * Undefined when the key's usage is not to be seen.
 */
export async function countRefusedIf(
  db: Database,
  input: { apiKey: Pick<ApiKey, "id" | "callCount" | "subnets" | "grants">; keeps: KeptAccess; today: string },
): Promise<WhatIf | undefined> {
  const { apiKey, keeps, today } = input;
  if (apiKey.callCount === null) return undefined;
  const lost = apiKey.grants.filter((held) => !isAmong(keeps.grants, held));
  const [row] = await runSql<Record<"calls" | "by_address" | "outside" | "elsewhere" | "by_grant", string>>(
    db,
    `with addresses as (
       select address, sum(call_count) as calls from api_key_address_calls
       where api_key_id = $1 and day between $2::date and $3::date group by address)
     select
       (select coalesce(sum(call_count), 0) from api_key_daily_calls
         where api_key_id = $1 and day between $2::date and $3::date) as calls,
       (select coalesce(sum(calls), 0) from addresses) as by_address,
       (select coalesce(sum(calls), 0) from addresses
         where address <<= any ($4::cidr[]) and not address <<= any ($5::cidr[])) as outside,
       (select coalesce(sum(calls), 0) from addresses where address = '${otherAddresses}') as elsewhere,
       (select coalesce(sum(call_count), 0) from api_key_program_calls
         join programs on programs.id = program_id
         join unnest($6::text[], $7::text[]) as lost (slug, permission)
           on lost.slug = programs.slug and lost.permission = api_key_program_calls.permission
         where api_key_id = $1 and day between $2::date and $3::date) as by_grant`,
    [
      apiKey.id,
      firstHistoryDay(today),
      today,
      apiKey.subnets,
      keeps.subnets,
      lost.map(({ slug }) => slug),
      lost.map(({ permission }) => permission),
    ],
  );
  if (row === undefined) throw new Error("a query without a row");
  const [callCount, outside, byGrant] = [Number(row.calls), Number(row.outside), Number(row.by_grant)];
  const losesSubnets = apiKey.subnets.some((subnet) => !keeps.subnets.includes(subnet));
  const uncounted = losesSubnets || lost.length > 0 ? callCount - Number(row.by_address) : 0;
  const elsewhere = losesSubnets ? Number(row.elsewhere) : 0;
  return {
    callCount,
    refusedMin: Math.max(outside, byGrant),
    refusedMax: Math.min(callCount, outside + byGrant + elsewhere + uncounted),
  };
}
