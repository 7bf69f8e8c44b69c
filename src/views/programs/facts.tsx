/** What the pages about programs say of one program, each in one way. */
import { Html } from "@elysiajs/html";
import type { ApplicationCount } from "../../domain/programs/application-counts.ts";
import type { DescribedProgram } from "../../domain/programs/list.ts";
import type { ProgramVersion } from "../../domain/programs/versions.ts";
import { attribute, Badge, type BadgeTone, Time } from "../parts/components.tsx";
import { type Clock, formatCount, pluralize } from "../parts/format.ts";
import { applicationsHref, keysHref, programDocsHref } from "../parts/hrefs.ts";

const typeNames: Readonly<Record<string, string>> = {
  DEFAULT: "Default",
  COMMON_INTAKE_FORM: "Pre-screener",
  PRE_SCREENER_FORM: "Pre-screener",
  EXTERNAL: "External",
};

/** What CiviForm's program types are called; one that is not here is shown as it is. */
export function typeNameOf({ programType }: DescribedProgram): string {
  return typeNames[programType] ?? programType;
}

/** Whether a program is served, and what else is special about it. */
export function ProgramBadges({ program }: { program: DescribedProgram }): JSX.Element {
  return (
    <>
      {program.isExternal && <Badge tone="ended" text="External" />}{" "}
      {program.activeVersionId === null && <Badge tone="neutral" text="Not published yet" />}{" "}
      {program.activeVersionId !== null && program.draftVersionId !== null && (
        <Badge tone="soon" text="Has a draft" />
      )}
    </>
  );
}

const stages: Readonly<Record<ProgramVersion["stage"], { tone: BadgeTone; name: string }>> = {
  draft: { tone: "soon", name: "Draft" },
  active: { tone: "good", name: "Active" },
  obsolete: { tone: "ended", name: "Obsolete" },
};

/** The stage of a version. */
export function StageBadge({ stage }: { stage: ProgramVersion["stage"] }): JSX.Element {
  return <Badge tone={stages[stage].tone} text={stages[stage].name} />;
}

/** The id of the version that is served, and since when it is; `None` without one. */
export function ActiveVersion({ program, page }: VersionProps): JSX.Element {
  const { activeVersionId, publishedAt } = program;
  return <NamedVersion id={activeVersionId} verb="published" at={publishedAt} page={page} />;
}

/** The id of the draft, and since when it is one; `None` without one. */
export function DraftVersion({ program, page }: VersionProps): JSX.Element {
  const { draftVersionId, draftedAt } = program;
  return <NamedVersion id={draftVersionId} verb="imported" at={draftedAt} page={page} />;
}

interface VersionProps {
  readonly program: DescribedProgram;
  readonly page: Clock;
}

function NamedVersion(props: {
  id: number | null;
  verb: "published" | "imported";
  at: Date | null;
  page: Clock;
}): JSX.Element {
  const { id, verb, at, page } = props;
  if (id === null) return <span class="civikey-quiet">None</span>;
  return (
    <>
      {id}
      {at !== null && (
        <span class="civikey-facts__more civikey-quiet">
          {verb} <Time at={at} zone={page.zone} />
        </span>
      )}
    </>
  );
}

/** How many applications, with a plus where nobody counted further: `1,000+`. */
export function countText({ count, hasMore }: ApplicationCount): string {
  return `${formatCount(count)}${hasMore ? "+" : ""}`;
}

/** How many applications a program has, and the way to them. */
export function ApplicationsLink({ program }: { program: DescribedProgram }): JSX.Element {
  const { isExternal, applications, slug, name } = program;
  if (isExternal) return <span class="civikey-quiet">N/A</span>;
  return (
    <a href={attribute(applicationsHref(slug))}>
      {Html.escapeHtml(countText(applications))}
      <span class="usa-sr-only"> {Html.escapeHtml(`applications of ${name}`)}</span>
    </a>
  );
}

/** How many active keys can read a program, and the way to them. */
export function ReadersLink({ program }: { program: DescribedProgram }): JSX.Element {
  const { isExternal, readerCount, slug, name } = program;
  if (isExternal) return <span class="civikey-quiet">N/A</span>;
  return (
    <a href={attribute(keysHref(slug))}>
      {Html.escapeHtml(pluralize(readerCount, "key"))}
      <span class="usa-sr-only"> {Html.escapeHtml(`can read ${name}`)}</span>
    </a>
  );
}

/** The way to a program's API docs: of its active version, else of its draft. */
export function DocsLink({ program }: { program: DescribedProgram }): JSX.Element {
  const { isExternal, activeVersionId, slug, name } = program;
  if (isExternal) return <span class="civikey-quiet">N/A</span>;
  const stage = activeVersionId === null ? "draft" : "active";
  return (
    <a href={attribute(programDocsHref(slug, stage))}>
      API docs<span class="usa-sr-only"> {Html.escapeHtml(`of ${name}`)}</span>
    </a>
  );
}
