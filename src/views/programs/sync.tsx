import { Html } from "@elysiajs/html";
import type { SyncState } from "../../domain/civiform/sync/state.ts";
import { SubmitButton } from "../parts/buttons.tsx";
import { Badge, type BadgeProps } from "../parts/components.tsx";
import { Fact, Facts, More } from "../parts/facts.tsx";
import { type Clock, formatCount, formatTimeAgo, formatTimeUntil, pluralize } from "../parts/format.ts";
import { programHref } from "../parts/hrefs.ts";
import type { PageContext } from "../parts/layout.tsx";
import { attribute, Quiet, Time, UserText } from "../parts/text.tsx";

/** How a program's applications are synced. */
export interface ProgramSyncProps {
  readonly slug: string;
  readonly sync: {
    /** Null before the first run. */
    readonly state: SyncState | null;
    /** Null when the server isn't configured to sync this program. */
    readonly plan: { readonly origin: string; readonly everyMinutes: number } | null;
  };
  readonly page: PageContext;
}

const states: Readonly<Record<SyncState["state"], BadgeProps>> = {
  running: { tone: "neutral", text: "Running" },
  interrupted: { tone: "soon", text: "Interrupted" },
  failed: { tone: "urgent", text: "Failed" },
  good: { tone: "good", text: "Up to date" },
  new: { tone: "neutral", text: "Not completed yet" },
};

/** Where a program's applications come from, how the last run went, and when the next one is due. */
export function ProgramSync({ slug, sync, page }: ProgramSyncProps): JSX.Element {
  const { state, plan } = sync;
  return (
    <section aria-labelledby="sync">
      <h2 id="sync">Sync</h2>
      <Facts wide>
        <Fact name="State">
          <Badge {...badgeOf(state)} />
        </Fact>
        {state !== null && <StateFacts state={state} page={page} />}
        {state?.state !== "running" && <Fact name="Next run">{Html.escapeHtml(describeNextRun(sync, page))}</Fact>}
        <Fact name="Source" code={state?.source ?? plan?.origin ?? ""} />
      </Facts>
      {page.may("change programs") && plan !== null && state?.state !== "running" && !state?.isRequested && (
        <form method="post" action={attribute(`${programHref(slug)}/sync`)}>
          <div class="civikey-actions">
            <SubmitButton text="Sync now" look="outline" />
          </div>
        </form>
      )}
    </section>
  );
}

function badgeOf(state: SyncState | null): BadgeProps {
  if (state === null) return { tone: "neutral", text: "Never run" };
  const badge = states[state.state];
  const { rejected } = state.counts;
  // A green badge must not hide that records are missing.
  if (state.state === "good" && rejected > 0) {
    return { tone: "soon", text: `${badge.text}, ${formatCount(rejected)} skipped` };
  }
  return badge;
}

function StateFacts({ state, page }: { state: SyncState; page: Clock }): JSX.Element {
  const { failure, failedAt, lastRejection, succeededAt, isWalking } = state;
  return (
    <>
      {failure !== null && (
        <Fact name="Problem">
          <UserText text={failure} />
          {failedAt !== null && (
            <p class="civikey-aside">
              <Time at={failedAt} zone={page.zone} exact />
            </p>
          )}
        </Fact>
      )}
      <Fact name="Last completed">
        {succeededAt === null ? (
          <Quiet>Never</Quiet>
        ) : (
          <>
            {Html.escapeHtml(formatTimeAgo(succeededAt, page.now))}
            <More>
              <Time at={succeededAt} zone={page.zone} exact />
            </More>
          </>
        )}
      </Fact>
      <Fact name={isWalking ? "So far" : "Last run"}>{Html.escapeHtml(describeCounts(state))}</Fact>
      {state.counts.erased > 0 && (
        <Fact name="Erased here" text={`${pluralize(state.counts.erased, "application")}, left out`} />
      )}
      {lastRejection !== null && (
        <Fact name="Skipped">
          {Html.escapeHtml(formatCount(state.counts.rejected))}
          <p class="civikey-aside">
            <UserText text={lastRejection} />
          </p>
        </Fact>
      )}
    </>
  );
}

function describeCounts({ counts, isFull }: SyncState): string {
  const which = isFull ? "All applications" : "Newest applications";
  const { read, inserted, updated } = counts;
  return `${which}: ${formatCount(read)} read, ${formatCount(inserted)} new, ${formatCount(updated)} updated`;
}

function describeNextRun({ state, plan }: ProgramSyncProps["sync"], { now }: Clock): string {
  if (plan === null) return "When an operator starts it";
  const { startedAt = null, waitUntil = null } = state ?? {};
  const isDueNow = state === null || state.isRequested || startedAt === null;
  const dueMs = isDueNow ? 0 : startedAt.getTime() + plan.everyMinutes * 60_000;
  const at = new Date(Math.max(dueMs, waitUntil?.getTime() ?? 0));
  if (at > now) return `In ${formatTimeUntil(at, now)}`;
  return state?.isRequested ? "Starting soon (requested)" : "Due now";
}
