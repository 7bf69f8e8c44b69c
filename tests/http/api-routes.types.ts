/** Acceptance check 4. Checked by the compiler, never run: what must not compile does not. */
import type { Database } from "../../src/db/client.ts";
import { type GrantedProgram, openProgramForReader } from "../../src/domain/access/grants.ts";
import type { Permitted } from "../../src/domain/access/people/roles.ts";
import { listApplications } from "../../src/domain/applications/list.ts";
import type { RouteDocs } from "../../src/domain/openapi/operations.ts";
import { keyRoute, programRoute } from "../../src/http/api-guard/routes.ts";

declare const db: Database;
declare const reader: Permitted<"see applications">;
declare const auditor: Permitted<"see the audit trail">;
declare const docs: RouteDocs;
const answer = () => new Response();

// @ts-expect-error a route that names a program must declare the permission it needs
programRoute({ method: "GET", path: "/admin/programs/:programSlug/x", docs, handle: answer });

// @ts-expect-error a route that any key may call cannot name a program
keyRoute({ method: "GET", path: "/admin/programs/:programSlug/x", docs, handle: answer });

// @ts-expect-error a route must say what the documents say of it
keyRoute({ method: "GET", path: "/x", handle: answer });

programRoute({
  method: "GET",
  path: "/admin/programs/:programSlug/x",
  permission: "WRITE",
  docs,
  async handle({ program }) {
    // @ts-expect-error what WRITE opened does not let anyone read
    await listApplications(db, { program });
    return new Response();
  },
});

// @ts-expect-error nobody can make the proof by hand
void listApplications(db, { program: { programId: 1, slug: "x", permission: "READ" } });

const program = { id: 1, slug: "x" };
openProgramForReader(reader, program) satisfies GrantedProgram<"READ">;

// @ts-expect-error what a reader opened lets nobody write
openProgramForReader(reader, program) satisfies GrantedProgram<"WRITE">;

// @ts-expect-error another right opens nothing
openProgramForReader(auditor, program);
