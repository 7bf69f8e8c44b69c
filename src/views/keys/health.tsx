/** Whether a key works: in a sentence, and as calls and refusals per day. */
import { Html } from "@elysiajs/html";
import type { ApiKey } from "../../domain/access/keys/find.ts";
import type { DailyRefusals } from "../../domain/access/refusals/list.ts";
import type { DailyCalls } from "../../domain/access/usage/history.ts";
import { DayChart, Periods } from "../parts/chart.tsx";
import { Badge, type BadgeProps } from "../parts/components.tsx";
import { type Clock, formatCount, formatTimeAgo, pluralize } from "../parts/format.ts";
import { keyHref } from "../parts/hrefs.ts";
import { reasonNames, seriesOfReasons } from "../refusals/reasons.ts";

/** How a key is used, day by day. */
export interface KeyHealth {
  readonly apiKey: ApiKey;
  /** The days that are shown, the oldest first. */
  readonly calls: readonly DailyCalls[];
  /** Of the same days. */
  readonly dailyRefusals: readonly DailyRefusals[];
}

/** Is the key healthy? A verdict on the last 7 days, and a chart of the days that are shown. */
export function Health(props: KeyHealth & { page: Clock }): JSX.Element {
  const { apiKey, calls, dailyRefusals } = props;
  const isUsageSeen = apiKey.callCount !== null;
  const days = calls.map(({ day }) => day);
  const callCounts = calls.map(({ callCount }) => callCount);
  const refused = seriesOfReasons(dailyRefusals, days).map((one) => ({ ...one, name: `Refused: ${one.name}` }));
  const refusedCount = sum(refused.flatMap(({ counts }) => counts));
  const answered = isUsageSeen ? `${pluralize(sum(callCounts), "call")} answered, ` : "";
  const verdict = findVerdict(props);
  return (
    <section aria-labelledby="health">
      <div class="civikey-heading civikey-heading--section">
        <h2 id="health">Health</h2>
        <Periods shown={days.length} hrefOf={(count) => keyHref(apiKey.id, { days: String(count) })} />
      </div>
      {verdict === undefined ? (
        <p class="civikey-quiet">
          This key has or had access to other programs, so you can’t see how often it is used.
        </p>
      ) : (
        <p>
          <Badge {...verdict} /> {Html.escapeHtml(verdict.why)}
        </p>
      )}
      {sum(callCounts) + refusedCount > 0 && (
        <DayChart
          title="Calls per day"
          summary={`${answered}${formatCount(refusedCount)} refused in the last ${days.length} days.`}
          days={days}
          series={isUsageSeen ? [{ name: "Calls", counts: callCounts }, ...refused] : refused}
        />
      )}
    </section>
  );
}

const judgedDays = 7;

/** What the last days say of a key, and why; undefined when its use is not to be seen. */
export function findVerdict(props: KeyHealth & { page: Clock }): (BadgeProps & { why: string }) | undefined {
  const { apiKey, page } = props;
  const recent = props.calls.slice(-judgedDays);
  const refusals = props.dailyRefusals.filter(({ day }) => day >= (recent[0]?.day ?? ""));
  const answered = sum(recent.map(({ callCount }) => callCount));
  const refused = sum(refusals.map(({ callCount }) => callCount));
  const within = `in the last ${judgedDays} days`;
  const [worst] = refusals.toSorted((one, other) => other.callCount - one.callCount);
  const because = worst === undefined ? "" : `, mostly because of “${reasonNames[worst.reason]}”`;
  const share = `${formatCount(refused)} of ${pluralize(answered + refused, "call")} ${within} were refused${because}.`;
  if (apiKey.state !== "active") {
    const text = refused > 0 ? "Still called" : "No longer called";
    return { tone: "ended", text, why: `${refused > 0 ? pluralize(refused, "call") : "No call"} refused ${within}.` };
  }
  if (apiKey.callCount === null) return undefined;
  if (refused > answered) return { tone: "urgent", text: "Failing", why: share };
  if (apiKey.lastUsedAt === null) return { tone: "neutral", text: "Not used yet", why: "No call so far." };
  const lastUse = `Last used ${formatTimeAgo(apiKey.lastUsedAt, page.now)}.`;
  if (answered === 0) return { tone: "neutral", text: "Idle", why: lastUse };
  if (refused > 0) return { tone: "soon", text: "Some calls refused", why: `${lastUse} ${share}` };
  return { tone: "good", text: "Healthy", why: `${lastUse} No call was refused ${within}.` };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
