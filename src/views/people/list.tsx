import { Html } from "@elysiajs/html";
import type { DescribedPerson } from "../../domain/access/people/list.ts";
import { NameLink, PageHeading, Time } from "../parts/components.tsx";
import { formatCount } from "../parts/format.ts";
import { peopleHref, personHref } from "../parts/hrefs.ts";
import type { PageContext } from "../parts/layout.tsx";
import { ListForm, listPage, SearchField } from "../parts/list-page.tsx";
import { summarizeList } from "../parts/list-summary.ts";
import { DataTable, Row } from "../parts/tables.tsx";
import { PersonBadge, Roles, SecondFactors, SignInWays } from "./facts.tsx";

/** What the list of people shows. */
export interface PeoplePageProps {
  readonly page: PageContext;
  /** By e-mail. */
  readonly people: readonly DescribedPerson[];
  readonly hasMore: boolean;
  /** How many the search finds. */
  readonly count: number;
  readonly search: string;
}

const path = "/admin/people";
const region = "results";
const programsShown = 2;

/** Everyone who can sign in, who was invited, and who is disabled. */
export function peoplePage(props: PeoplePageProps): string {
  const { page, people, hasMore, count, search } = props;
  const summary = summarizeList({ count, noun: "person", plural: "people", search });
  return listPage({
    page,
    section: path,
    title: "People",
    search,
    top: (
      <PageHeading title="People">
        {page.may("change people") && (
          <a class="usa-button" href="/admin/people/invite">
            Invite person
          </a>
        )}
      </PageHeading>
    ),
    region,
    summary,
    form: (
      <>
        <ListForm class="civikey-search" path={path} region={region} live={["q"]}>
          <SearchField label="Search people by e-mail address" placeholder="E-mail address" search={search} />
        </ListForm>
        {people.length > 0 && (
          <p class="civikey-quiet" safe>
            {summary}
          </p>
        )}
      </>
    ),
    isEmpty: people.length === 0,
    list: <PeopleTable people={people} page={page} />,
    advice: (
      <p>
        <a href={path}>Show everyone</a>
      </p>
    ),
    next: hasMore && peopleHref({ search, after: people.at(-1)?.email }),
  });
}

const columns = ["Person", "Roles", "Signs in with", "Second factor", "Last sign-in", "Sessions"];

function PeopleTable({ people, page }: Pick<PeoplePageProps, "people" | "page">): JSX.Element {
  return (
    <DataTable caption="People" columns={columns}>
      {people.map((person) => (
        <Row columns={columns}>
          <div>
            <strong>
              <NameLink href={personHref(person.id)} name={person.email} />
            </strong>{" "}
            <PersonBadge person={person} now={page.now} />
          </div>
          <Roles roles={person.roles} programsMax={programsShown} />
          <SignInWays person={person} />
          <SecondFactors person={person} />
          <Time at={person.lastSignedInAt} zone={page.zone} exact none="Never" />
          {Html.escapeHtml(formatCount(person.sessionCount))}
        </Row>
      ))}
    </DataTable>
  );
}
