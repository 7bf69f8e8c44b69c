import { Html } from "@elysiajs/html";
import type { AuditEvent } from "../../domain/access/audit/record.ts";
import type { ImportReport } from "../../domain/programs/import-report.ts";
import type { ProgramKey } from "../../domain/programs/key-holders.ts";
import type { DescribedProgram } from "../../domain/programs/list.ts";
import type { ProgramVersion } from "../../domain/programs/versions.ts";
import { AuditEntries } from "../audit/entries.tsx";
import { attribute, Badge, Code, Fact, Facts, PageHeading } from "../parts/components.tsx";
import { pluralize } from "../parts/format.ts";
import { keysHref, programHref } from "../parts/hrefs.ts";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { ProgramChangeList } from "./change-list.tsx";
import {
  ActiveVersion,
  ApplicationsLink,
  DocsLink,
  DraftVersion,
  ProgramBadges,
  typeNameOf,
} from "./facts.tsx";
import { ProgramSync, type ProgramSyncProps } from "./sync.tsx";
import { ProgramKeyTable, ProgramVersionTable } from "./tables.tsx";

/** What the page of one program shows. */
export interface ProgramPageProps {
  readonly page: PageContext;
  readonly program: DescribedProgram;
  /** The draft, the active one, then obsolete ones, newest first. */
  readonly versions: readonly ProgramVersion[];
  /** Those that work first. */
  readonly keys: { readonly apiKeys: readonly ProgramKey[]; readonly hasMore: boolean };
  /** Newest first. */
  readonly auditEvents: readonly AuditEvent[];
  /** The import that has just been done. */
  readonly report: ImportReport | null;
  /** Null when its applications are not pulled from anywhere. */
  readonly sync: ProgramSyncProps["sync"] | null;
}

/** Everything about one program, and what can be done with it. */
export function programPage(props: ProgramPageProps): string {
  const { page, program, versions, keys, report, sync } = props;
  return toHtml(
    <Layout page={page} title={program.name} section="/admin/programs">
      <p class="civikey-back">
        <a href="/admin/programs">Programs</a>
      </p>
      <PageHeading title={program.name} beside={<Badges program={program} sync={sync} />}>
        {program.draftVersionId !== null && (
          <a class="usa-button" href={attribute(`${programHref(program.slug)}/publish`)}>
            Publish draft
          </a>
        )}
      </PageHeading>
      {report !== null && <Report report={report} />}
      <ProgramFacts program={program} page={page} />
      {sync !== null && <ProgramSync slug={program.slug} sync={sync} page={page} />}
      <h2>Versions</h2>
      <ProgramVersionTable versions={versions} page={page} />
      {program.versionCount > versions.length && (
        <p class="civikey-quiet" safe>
          {`The newest ${versions.length} of ${pluralize(program.versionCount, "version")}.`}
        </p>
      )}
      <h2>API keys</h2>
      <Keys program={program} keys={keys} page={page} />
      <h2>Audit events</h2>
      <AuditEntries entries={props.auditEvents} page={page} />
    </Layout>,
  );
}

/** What is special about the program, and that its applications do not come any more: the section about it is far down. */
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
  return (
    <Facts wide>
      <Fact name="Active version">
        <ActiveVersion program={program} page={page} />
      </Fact>
      <Fact name="Draft">
        <DraftVersion program={program} page={page} />
      </Fact>
      {!program.isExternal && (
        <>
          <Fact name="Applications">
            <ApplicationsLink program={program} />
          </Fact>
          <Fact name="Docs">
            <DocsLink program={program} />
          </Fact>
        </>
      )}
      <Fact name="Slug">
        <Code text={program.slug} />
      </Fact>
      <Fact name="Admin name">
        <Code text={program.adminName} />
      </Fact>
      <Fact name="Type">{Html.escapeHtml(typeNameOf(program))}</Fact>
    </Facts>
  );
}

/** What the import came to: shown right after it. */
function Report({ report }: { report: ImportReport }): JSX.Element {
  const { questionCount, comparison } = report;
  const questions = pluralize(questionCount, "question");
  return (
    <section class="civikey-report" aria-labelledby="import_report">
      <h2 id="import_report">What the import changed</h2>
      {comparison === null ? (
        <p safe>{`This is the program’s first version. It asks ${questions}.`}</p>
      ) : (
        <>
          <p safe>{`Compared with ${describeOld(report)}. Now it asks ${questions}.`}</p>
          <ProgramChangeList changes={comparison.changes} />
        </>
      )}
    </section>
  );
}

function describeOld({ comparison, replaced }: ImportReport): string {
  const version = comparison?.version;
  return version === replaced
    ? `draft ${version}, whose place it took`
    : `version ${version}, the newest before it`;
}

function Keys({ program, keys, page }: Pick<ProgramPageProps, "program" | "keys" | "page">) {
  if (program.isExternal) {
    return (
      <p class="civikey-quiet">
        Applications to an external program are made elsewhere: there are none here, and no key can
        be granted it.
      </p>
    );
  }
  if (keys.apiKeys.length === 0) {
    return (
      <p class="civikey-quiet">
        No key has a grant on this program. <a href="/admin/apiKeys/new">Create an API key</a>
      </p>
    );
  }
  return (
    <>
      <ProgramKeyTable apiKeys={keys.apiKeys} page={page} />
      {keys.hasMore && (
        <p>
          <a href={attribute(keysHref(program.slug))}>Find more keys of this program</a>
        </p>
      )}
    </>
  );
}
