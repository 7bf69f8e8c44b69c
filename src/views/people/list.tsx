import { Html } from "@elysiajs/html";
import { byEmail, type DescribedPerson, type PeopleOrder } from "../../domain/access/people/list.ts";
import type { Page, SortPlace } from "../../lib/keyset.ts";
import { ButtonLink } from "../parts/buttons.tsx";
import { PageHeading } from "../parts/components.tsx";
import { formatCount } from "../parts/format.ts";
import { downloadHref, peopleHref, personHref } from "../parts/hrefs.ts";
import type { PageContext } from "../parts/layout.tsx";
import { ListForm, listPage, SearchField } from "../parts/list-page.tsx";
import { summarizeList } from "../parts/list-summary.ts";
import { pagingOf } from "../parts/paging.tsx";
import { DataTable, Row, sortableColumn, sortOf } from "../parts/tables.tsx";
import { attribute, LinkLine, NameLink, Time } from "../parts/text.tsx";
import { PersonBadge, Roles, SecondFactors, SignInWays } from "./facts.tsx";

/** What the list of people shows. */
interface PeoplePageProps {
  readonly page: PageContext;
  readonly found: Page<DescribedPerson, SortPlace>;
  readonly order: PeopleOrder;
  readonly search: string;
}

const path = "/admin/people";
const region = "results";
const programsShown = 2;

/** Everyone who can sign in, who was invited, and who is disabled. */
export function peoplePage(props: PeoplePageProps): string {
  const { page, found, order, search } = props;
  const query = { search, sort: sortOf(order, byEmail) };
  return listPage({
    page,
    section: path,
    title: "People",
    search,
    top: (
      <PageHeading title="People">
        {page.may("change people") && <ButtonLink href="/admin/people/invite" text="Invite person" />}
      </PageHeading>
    ),
    region,
    summary: summarizeList({ ...found.total, noun: "person", plural: "people", search }),
    form: (
      <ListForm class="civikey-search" path={path} region={region} live={["q"]}>
        {query.sort !== "" && <input type="hidden" name="sort" value={attribute(query.sort)} />}
        <SearchField label="Search people by e-mail address" placeholder="E-mail address" search={search} />
      </ListForm>
    ),
    downloads: [["Download CSV", downloadHref(peopleHref(query))]],
    isEmpty: found.rows.length === 0,
    list: <PeopleTable {...props} />,
    advice: <LinkLine href={path} text="Show everyone" />,
    ...pagingOf(found, (start) => peopleHref({ ...query, ...start })),
  });
}

function PeopleTable({ found, order, search, page }: PeoplePageProps): JSX.Element {
  const sorting = { region, hrefOf: (wanted: PeopleOrder) => peopleHref({ search, sort: sortOf(wanted, byEmail) }) };
  const columns = [
    sortableColumn("Person", { by: "email", order, ...sorting }),
    "Roles",
    "Signs in with",
    "Second factor",
    sortableColumn("Last sign-in", { by: "lastSignedIn", startsDescending: true, order, ...sorting }),
    "Sessions",
  ];
  return (
    <DataTable caption="People" columns={columns}>
      {found.rows.map((person) => (
        <Row columns={columns}>
          <div>
            <NameLink href={personHref(person.id)} name={person.email} /> <PersonBadge person={person} now={page.now} />
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
