/** Checked by the compiler, never run: a page cannot forget to ask for a right. */
import type { Database } from "../../src/db/client.ts";
import { createApiKey } from "../../src/domain/access/keys/create.ts";
import { apiKeyListing } from "../../src/domain/access/keys/list.ts";
import { narrowApiKey } from "../../src/domain/access/keys/narrow.ts";
import { retireApiKey } from "../../src/domain/access/keys/retire.ts";
import { rotateApiKey } from "../../src/domain/access/keys/rotate.ts";
import type { Permitted } from "../../src/domain/access/people/roles.ts";
import { programListing } from "../../src/domain/programs/list.ts";
import { openPage, ownPage, rolePage } from "../../src/http/page-guard/routes.ts";

declare const db: Database;
declare const now: Date;
declare const rest: Omit<Parameters<typeof createApiKey>[1], "actor"> &
  Omit<Parameters<typeof rotateApiKey>[1], "actor"> &
  Omit<Parameters<typeof narrowApiKey>[1], "actor">;
const answer = () => new Response();

// @ts-expect-error a page below /admin must say which right it needs
rolePage("GET", "/admin/x", answer);

// @ts-expect-error a right must be in the table
rolePage("GET", "/admin/x", "do as they like", answer);

// @ts-expect-error only pages of one's own account are for everybody who is signed in
ownPage("GET", "/admin/x", answer);

// @ts-expect-error no page below /admin is open
openPage("GET", "/admin/x", answer);

rolePage("POST", "/admin/x/:id", "see keys", async ({ actor, params }) => {
  apiKeyListing(db, { actor, filter: { search: params.id, now } });
  // @ts-expect-error the path has no such part
  void params.slug;
  // @ts-expect-error who may see keys cannot create one
  await createApiKey(db, { ...rest, actor });
  // @ts-expect-error nor retire one
  await retireApiKey(db, { id: 1, actor, now });
  // @ts-expect-error nor rotate one
  await rotateApiKey(db, { ...rest, actor });
  // @ts-expect-error nor narrow one
  await narrowApiKey(db, { ...rest, actor });
  // @ts-expect-error nor see programs
  programListing(db, { filter: { actor, search: "" }, now });
  return new Response();
});

rolePage("POST", "/admin/x/:id", "change keys", async ({ actor }) => {
  await retireApiKey(db, { id: 1, actor, now });
  apiKeyListing(db, { actor, filter: { now } });
  return new Response();
});

ownPage("POST", "/admin/account/x", async ({ actor }) => {
  // @ts-expect-error who is only signed in cannot see keys
  apiKeyListing(db, { actor, filter: { now } });
  return new Response();
});

// @ts-expect-error nobody can make the proof by hand
({ name: "eve", address: null, programs: undefined }) satisfies Permitted<"see keys">;
