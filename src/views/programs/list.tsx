import { ButtonLink } from "../parts/buttons.tsx";
import { PageHeading } from "../parts/components.tsx";
import { More } from "../parts/facts.tsx";
import { pluralize } from "../parts/format.ts";
import { programHref } from "../parts/hrefs.ts";
import { DataTable, Row } from "../parts/tables.tsx";
import { Code, LinkLine, NameLink, Time } from "../parts/text.tsx";
import { ApplicationsLink, DocsLink, ProgramBadges, ReadersLink, typeNameOf, VersionFact } from "./facts.tsx";
import { type ProgramListProps, programListPage } from "./results.tsx";

/** The list of programs. */
export function programsPage(props: ProgramListProps): string {
  return programListPage(props, {
    path: "/admin/programs",
    title: "Programs",
    top: (
      <PageHeading title="Programs">
        {props.page.may("change programs") && <ButtonLink href="/admin/programs/import" text="Import program" />}
      </PageHeading>
    ),
    table: <ProgramTable {...props} />,
    none: "No programs yet.",
    advice: props.page.may("change programs") && (
      <>
        <p>
          Programs come from CiviForm. Export one there as JSON and import the file here. Then create API keys for it.
        </p>
        <LinkLine href="/admin/programs/import" text="Import a program" />
      </>
    ),
  });
}

const columns = ["Program", "Active version", "Draft", "Applications", "Read by", "Docs"];

function ProgramTable({ found, page }: ProgramListProps): JSX.Element {
  return (
    <DataTable caption="Programs" columns={columns}>
      {found.rows.map((program) => (
        <Row columns={columns}>
          <div class="civikey-program-name">
            <NameLink href={programHref(program.slug)} name={program.name} /> <ProgramBadges program={program} />
            <p class="civikey-aside">
              <Code text={program.slug} />{" "}
              <span safe>{`· ${typeNameOf(program)} · ${pluralize(program.versionCount, "version")}`}</span>
            </p>
          </div>
          <VersionFact id={program.activeVersionId} verb="published" at={program.publishedAt} page={page} />
          <VersionFact id={program.draftVersionId} verb="imported" at={program.draftedAt} page={page} />
          <div>
            <ApplicationsLink program={program} page={page} />
            {program.applications.newestAt !== null && (
              <More>
                newest <Time at={program.applications.newestAt} zone={page.zone} />
              </More>
            )}
          </div>
          <ReadersLink program={program} />
          <DocsLink program={program} />
        </Row>
      ))}
    </DataTable>
  );
}
