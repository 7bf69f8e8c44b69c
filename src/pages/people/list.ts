import {
  byEmail,
  getDescribedPerson,
  isPlaceOfPeople,
  type PeopleOrder,
  type PersonInFull,
  peopleListing,
  peopleSorts,
} from "../../domain/access/people/list.ts";
import { listSessionsOf } from "../../domain/access/people/sessions.ts";
import { searchOf } from "../../http/page-guard/forms.ts";
import { type PageRoute, type RoleCall, rolePage } from "../../http/page-guard/routes.ts";
import { DomainError } from "../../lib/errors.ts";
import { readPage, type SortPlace } from "../../lib/keyset.ts";
import type { Notice } from "../../views/parts/layout.tsx";
import { peopleColumns } from "../../views/people/csv.ts";
import { peoplePage } from "../../views/people/list.tsx";
import { personPage } from "../../views/people/person.tsx";
import { framePage, type PageDeps, readId, respondWithHtml } from "../frame.ts";
import { readOrder, readSortPlace, readStart, respondWithCsv } from "../lists.ts";

const peoplePerPage = 50;

/** The list of people, and the page of one of them. */
export function peoplePages(deps: PageDeps): PageRoute[] {
  return [
    rolePage("GET", "/admin/people", "see people", (call) => showList(deps, call)),
    rolePage("GET", "/admin/people/download", "see people", (call) => {
      const { search, listing } = readList(deps, call);
      return respondWithCsv(deps, call, { name: "People", filter: { search }, listing, columns: peopleColumns });
    }),
    rolePage("GET", "/admin/people/:id", "see people", (call) => showPerson(deps, call, call.params.id)),
  ];
}

async function showList(deps: PageDeps, call: RoleCall<"see people">): Promise<Response> {
  const { search, order, listing } = readList(deps, call);
  const start = readStart(call.query, (text) => readPlaceOfPeople(text, order));
  const found = await readPage(listing, { ...start, limit: peoplePerPage });
  return respondWithHtml(peoplePage({ page: framePage(deps, call.request), found, order, search }));
}

/** The search and the order of an address, and the people that they give. */
function readList(deps: PageDeps, { query, now, actor }: RoleCall<"see people">) {
  const search = searchOf(query);
  const order = readOrder(query.get("sort"), peopleSorts) ?? byEmail;
  const policy = deps.sessionPolicy;
  return { search, order, listing: peopleListing(deps.db, { actor, search, order, policy, now }) };
}

function readPlaceOfPeople(text: string, order: PeopleOrder): SortPlace | undefined {
  const place = readSortPlace(text);
  return place && isPlaceOfPeople(order, place) ? place : undefined;
}

/** What was just done, by the word for it in the address that leads back here. */
const notices: ReadonlyMap<string, Notice> = new Map(
  Object.entries({
    disable: "Disabled. They can’t sign in, and every session of theirs has ended.",
    enable: "Enabled. They can sign in again.",
    endSessions: "Sessions ended.",
    resetSecondFactor: "Second factor reset. They set up a new one when they next sign in.",
    roles: "Roles saved. They apply from the next request.",
  }).map(([done, text]) => [done, { tone: "success", text }]),
);

async function showPerson(deps: PageDeps, call: RoleCall<"see people">, idText: string): Promise<Response> {
  const notice = notices.get(call.query.get("done") ?? "");
  const person = await getPersonOfPath(deps, call, idText);
  const sessions = await listSessionsOf(deps.db, { personId: person.id, policy: deps.sessionPolicy, now: call.now });
  return respondWithHtml(personPage({ page: framePage(deps, call.request, notice), person, sessions }));
}

/** The person of an `:id` in an address. Throws `not_found`, also when it is not a number. */
export async function getPersonOfPath(
  deps: PageDeps,
  { now, actor }: RoleCall<"see people"> | RoleCall<"change people">,
  idText: string,
): Promise<PersonInFull> {
  const id = readId(idText);
  if (id === undefined) throw new DomainError("not_found", "Person not found.");
  return getDescribedPerson(deps.db, { actor, id, policy: deps.sessionPolicy, now });
}
