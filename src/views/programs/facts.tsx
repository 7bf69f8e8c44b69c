/** Facts about a program, as every page shows them. */
import { Html } from "@elysiajs/html";
import type { DescribedProgram } from "../../domain/programs/list.ts";
import type { NewQuestions } from "../../domain/programs/new-questions.ts";
import { listNames } from "../../lib/listed.ts";
import { Badge } from "../parts/components.tsx";
import { Fact, More } from "../parts/facts.tsx";
import { type Clock, formatFound, pluralize } from "../parts/format.ts";
import { applicationsHref, keysHref, programDocsHref } from "../parts/hrefs.ts";
import type { PageContext } from "../parts/layout.tsx";
import { attribute, Quiet, Time } from "../parts/text.tsx";

const typeNames: Readonly<Record<string, string>> = {
  DEFAULT: "Default",
  COMMON_INTAKE_FORM: "Pre-screener",
  PRE_SCREENER_FORM: "Pre-screener",
  EXTERNAL: "External",
};

/** CiviForm's name for a program type; an unknown type is shown as it is. */
export function typeNameOf({ programType }: DescribedProgram): string {
  return typeNames[programType] ?? programType;
}

/** Whether a program is external, unpublished, or has a draft waiting. */
export function ProgramBadges({ program }: { program: DescribedProgram }): JSX.Element {
  const { isExternal, activeVersionId, draftVersionId } = program;
  return (
    <>
      {isExternal && <Badge tone="ended" text="External" />}{" "}
      {activeVersionId === null && <Badge tone="neutral" text="Not published yet" />}{" "}
      {activeVersionId !== null && draftVersionId !== null && <Badge tone="soon" text="Has a draft" />}
    </>
  );
}

/** A version's ID and when it was imported or published; `None` without one. */
export function VersionFact(props: {
  id: number | null;
  verb: "published" | "imported";
  at: Date | null;
  page: Clock;
}): JSX.Element {
  const { id, verb, at, page } = props;
  if (id === null) return <Quiet>None</Quiet>;
  return (
    <>
      {id}
      {at !== null && (
        <More>
          {verb} <Time at={at} zone={page.zone} />
        </More>
      )}
    </>
  );
}

/** For how long applications are kept. */
export function keepingOf({ keepDays }: DescribedProgram): string {
  return keepDays === null ? "Until somebody erases them" : `${pluralize(keepDays, "day")} after submission`;
}

/** How many applications a program has, linked to them for people who may see them. */
export function ApplicationsLink({ program, page }: { program: DescribedProgram; page: PageContext }): JSX.Element {
  const { id, applications, slug, name, isExternal } = program;
  if (!isExternal && !page.may("see applications", id)) return <span safe>{formatFound(applications)}</span>;
  const link = { href: applicationsHref(slug), text: formatFound(applications) };
  return <ProgramLink program={program} {...link} more={`applications of ${name}`} />;
}

/** How many active keys can read a program, linked to them. */
export function ReadersLink({ program }: { program: DescribedProgram }): JSX.Element {
  const { readerCount, slug, name } = program;
  const link = { href: keysHref(slug), text: pluralize(readerCount, "key") };
  return <ProgramLink program={program} {...link} more={`can read ${name}`} />;
}

/** A link to the API docs of a program's active version, or else of its draft. */
export function DocsLink({ program }: { program: DescribedProgram }): JSX.Element {
  const { activeVersionId, slug, name } = program;
  const href = programDocsHref(slug, activeVersionId === null ? "draft" : "active");
  return <ProgramLink program={program} href={href} text="API docs" more={`of ${name}`} />;
}

/** External programs have nothing to link to. `more` is for screen readers. */
function ProgramLink(props: { program: DescribedProgram; href: string; text: string; more: string }): JSX.Element {
  if (props.program.isExternal) return <Quiet>None</Quiet>;
  return (
    <a class="civikey-nowrap" href={attribute(props.href)}>
      {Html.escapeHtml(props.text)}
      <span class="usa-sr-only"> {Html.escapeHtml(props.more)}</span>
    </a>
  );
}

/** Names of keys beyond this many are counted. */
const keysNamedMax = 20;

/** Which keys see the questions that a version brings; nothing when no key could. */
export function NewQuestionFacts({ news }: { news: NewQuestions }): JSX.Element {
  if (news.seenBy.length + news.hiddenFrom.length === 0) return "";
  const namesOf = (keys: NewQuestions["seenBy"]) => keys.map(({ name }) => name);
  const list = (keys: NewQuestions["seenBy"]) => listNames(namesOf(keys), keysNamedMax) || "No key";
  return (
    <>
      <Fact name="New questions" text={listNames(news.keys, keysNamedMax)} />
      <Fact name="New questions seen by" text={list(news.seenBy)} />
      <Fact name="Not seen by" text={list(news.hiddenFrom)} />
    </>
  );
}
