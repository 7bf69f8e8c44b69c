import { Html } from "@elysiajs/html";
import type { AuditEvent } from "../../domain/access/audit/list.ts";
import type { ImportReport } from "../../domain/programs/import-report.ts";
import type { ProgramKey } from "../../domain/programs/key-holders.ts";
import type { DescribedProgram } from "../../domain/programs/list.ts";
import type { NewQuestions } from "../../domain/programs/new-questions.ts";
import type { ProgramVersion } from "../../domain/programs/versions.ts";
import { AuditEntries } from "../audit/entries.tsx";
import { ButtonLink } from "../parts/buttons.tsx";
import { Badge, PageHeading } from "../parts/components.tsx";
import { Fact, Facts, More } from "../parts/facts.tsx";
import { pluralize } from "../parts/format.ts";
import { keysHref, newKeyHref, programHref } from "../parts/hrefs.ts";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { attribute, Back, LinkLine } from "../parts/text.tsx";
import { ProgramChangeList } from "./change-list.tsx";
import {
  ApplicationsLink,
  DocsLink,
  keepingOf,
  NewQuestionFacts,
  ProgramBadges,
  typeNameOf,
  VersionFact,
} from "./facts.tsx";
import { ProgramSync, type ProgramSyncProps } from "./sync.tsx";
import { ProgramKeyTable, ProgramVersionTable } from "./tables.tsx";

/** What the page of one program shows. */
interface ProgramPageProps {
  readonly page: PageContext;
  readonly program: DescribedProgram;
  /** The draft, the active one, then obsolete ones, newest first. */
  readonly versions: readonly ProgramVersion[];
  /** Active ones first. */
  readonly keys: { readonly apiKeys: readonly ProgramKey[]; readonly hasMore: boolean };
  /** Newest first; null for people who may not see them. */
  readonly auditEvents: readonly AuditEvent[] | null;
  /** What the import that led here changed. */
  readonly report: ImportReport | null;
  /** What that import published; null when it did not. */
  readonly news: NewQuestions | null;
  /** Null when its applications aren't synced. */
  readonly sync: ProgramSyncProps["sync"] | null;
}

/** The page of one program. */
export function programPage(props: ProgramPageProps): string {
  const { page, program, versions, keys, auditEvents, report, news, sync } = props;
  return toHtml(
    <Layout page={page} title={program.name} section="/admin/programs">
      <Back href="/admin/programs" name="Programs" />
      <PageHeading title={program.name} beside={<Badges program={program} sync={sync} />}>
        {program.draftVersionId !== null && page.may("change programs") && (
          <ButtonLink href={`${programHref(program.slug)}/publish`} text="Publish draft" />
        )}
      </PageHeading>
      {report !== null && <Report report={report} news={news} />}
      <ProgramFacts program={program} page={page} />
      {sync !== null && <ProgramSync slug={program.slug} sync={sync} page={page} />}
      <h2>Versions</h2>
      <ProgramVersionTable versions={versions} page={page} />
      {program.versionCount > versions.length && (
        <p class="civikey-quiet" safe>
          {`Showing the newest ${versions.length} of ${pluralize(program.versionCount, "version")}.`}
        </p>
      )}
      <h2>API keys</h2>
      <Keys program={program} keys={keys} page={page} />
      {auditEvents !== null && (
        <>
          <h2>Audit events</h2>
          <AuditEntries entries={auditEvents} page={page} />
        </>
      )}
    </Layout>,
  );
}

/** A failed sync is shown here too, because its section is far down the page. */
function Badges({ program, sync }: Pick<ProgramPageProps, "program" | "sync">): JSX.Element {
  return (
    <>
      <ProgramBadges program={program} />{" "}
      {sync?.state?.state === "failed" && <Badge tone="urgent" text="Sync failed" />}
    </>
  );
}

function ProgramFacts(props: { program: DescribedProgram; page: PageContext }): JSX.Element {
  const { program, page } = props;
  const { activeVersionId, draftVersionId } = program;
  return (
    <Facts wide>
      <Fact name="Active version">
        <VersionFact id={activeVersionId} verb="published" at={program.publishedAt} page={page} />
      </Fact>
      <Fact name="Draft">
        <VersionFact id={draftVersionId} verb="imported" at={program.draftedAt} page={page} />
      </Fact>
      {!program.isExternal && (
        <>
          <Fact name="Applications">
            <ApplicationsLink program={program} page={page} />
          </Fact>
          <Fact name="Kept">
            {Html.escapeHtml(keepingOf(program))}
            {page.may("erase applications", program.id) && (
              <More>
                <a href={attribute(`${programHref(program.slug)}/keep`)}>Change how long applications are kept</a>
              </More>
            )}
          </Fact>
          <Fact name="Docs">
            <DocsLink program={program} />
          </Fact>
        </>
      )}
      <Fact name="Slug" code={program.slug} />
      <Fact name="Admin name" code={program.adminName} />
      <Fact name="Type">{Html.escapeHtml(typeNameOf(program))}</Fact>
    </Facts>
  );
}

function Report({ report, news }: { report: ImportReport; news: NewQuestions | null }): JSX.Element {
  const { questionCount, comparison } = report;
  const questions = pluralize(questionCount, "question");
  return (
    <section class="civikey-report" aria-labelledby="import_report">
      <h2 id="import_report">Changes in this import</h2>
      {comparison === null ? (
        <p safe>{`This is the program’s first version, with ${questions}.`}</p>
      ) : (
        <>
          <p safe>{`Compared with ${describeOld(report)}. The program now has ${questions}.`}</p>
          <ProgramChangeList changes={comparison.changes} />
        </>
      )}
      {news !== null && (
        <Facts wide>
          <NewQuestionFacts news={news} />
        </Facts>
      )}
    </section>
  );
}

function describeOld({ comparison, replaced }: ImportReport): string {
  const version = comparison?.version;
  return version === replaced ? `draft ${version}, which it replaced` : `version ${version}, the previous version`;
}

function Keys({ program, keys, page }: Pick<ProgramPageProps, "program" | "keys" | "page">) {
  if (program.isExternal) {
    return (
      <p class="civikey-quiet">
        People apply to external programs elsewhere, so API keys can’t be granted access to them.
      </p>
    );
  }
  if (keys.apiKeys.length === 0) {
    return (
      <p class="civikey-quiet">
        No API keys have access to this program yet.{" "}
        {page.may("change keys") && <a href={attribute(newKeyHref(program.slug))}>Create an API key</a>}
      </p>
    );
  }
  return (
    <>
      <ProgramKeyTable apiKeys={keys.apiKeys} page={page} />
      {keys.hasMore && <LinkLine href={keysHref(program.slug)} text="Find more keys for this program" />}
    </>
  );
}
