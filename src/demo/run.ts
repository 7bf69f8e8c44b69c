/** `bun run demo`: a server with made-up data, one person of each role, and passwords and a key created for this run. */
import { randomBytes } from "node:crypto";
import { readConfig } from "../config/variables.ts";
import { admins } from "../db/schema.ts";
import { createApiKey } from "../domain/access/keys/create.ts";
import { apiKeyListing } from "../domain/access/keys/list.ts";
import { retireApiKey } from "../domain/access/keys/retire.ts";
import { acceptInvitation } from "../domain/access/people/accept-invitation.ts";
import { isPerson } from "../domain/access/people/find.ts";
import { invitePerson } from "../domain/access/people/invite.ts";
import { permitAll } from "../domain/access/people/roles.ts";
import { setPassword } from "../domain/access/people/set-password.ts";
import { findProgramBySlug } from "../domain/programs/find.ts";
import type { Instance } from "../instance/open.ts";
import { readFirst } from "../lib/keyset.ts";
import { Secret } from "../lib/secrets/secret.ts";
import { addDays, localDate } from "../lib/time/times.ts";
import type { RunningServer } from "../server/listener.ts";
import { runStart, stopOnSignal } from "../server/process.ts";
import { startServer } from "../server.ts";
import { demoSlug, seedDemo } from "./seed.ts";

const actor = permitAll("demo");
/** One of each role. */
const people = {
  admin: { email: "demo@example.org", chosen: { roles: ["admin"], programs: [] } },
  programAdmin: {
    email: "program-admin@example.org",
    chosen: { roles: ["program_admin"], programs: [demoSlug] },
  },
  auditor: { email: "auditor@example.org", chosen: { roles: ["auditor"], programs: [] } },
} as const;
const keyName = "Demo key";
const applicationCount = 250;
const keyDays = 30;

await runStart(async () => {
  const config = readConfig({
    LOG_LEVEL: "warn",
    ...process.env,
    DATA_DIR: process.env.DATA_DIR ?? "./demo-data",
    DATABASE_URL: undefined,
    DATABASE_URL_FILE: undefined,
    DATABASE_MIGRATION_URL: undefined,
    DATABASE_MIGRATION_URL_FILE: undefined,
  });
  process.stdout.write("Starting PostgreSQL and the server; the first start takes a few seconds …\n");
  const server = await startServer(config);
  stopOnSignal(server);
  await show(server);
});

async function show(server: RunningServer): Promise<void> {
  const { db } = server.instance.connection;
  const now = new Date();
  if (!(await findProgramBySlug(db, demoSlug))) {
    const { salts, config } = server.instance;
    await seedDemo(db, { count: applicationCount, salts, zone: config.CIVIFORM_TIME_ZONE_ID, actor, now });
  }
  const admin = await givePassword(server.instance, people.admin, now);
  const programAdmin = await givePassword(server.instance, people.programAdmin, now);
  const auditor = await givePassword(server.instance, people.auditor, now);
  const token = await giveKey(server.instance, now);
  const path = `/api/v1/admin/programs/${demoSlug}/applications?pageSize=1`;
  process.stdout.write(`
CiviKey runs with made-up data.

  Open      ${server.baseUrl}
  Sign in   ${people.admin.email}
  Password  ${admin}   (made for this run)

  To see what other roles see, sign in as
  ${people.programAdmin.email}  ${programAdmin}
  ${people.auditor.email}        ${auditor}

  Call the API:
  curl -H 'Authorization: Basic ${token}' '${server.baseUrl}${path}'

  Read its documentation:
  ${server.baseUrl}/docs/api

Ctrl-C stops it. Your changes are kept in ${server.instance.config.DATA_DIR}. Delete that folder to start over.
`);
}

/** Gives one of the demo's people a password for this run; a new one gets their role. */
async function givePassword(
  { connection: { db } }: Instance,
  { email, chosen }: (typeof people)[keyof typeof people],
  now: Date,
): Promise<string> {
  const password = randomBytes(12).toString("base64url");
  const isThere = (await db.$count(admins, isPerson({ email }))) > 0;
  if (isThere) {
    await setPassword(db, { email, password: new Secret(password), actor, now });
  } else {
    const { token } = await invitePerson(db, { email, chosen, actor, now });
    await acceptInvitation(db, { token, password: new Secret(password), address: null, now });
  }
  return password;
}

/** Creates a key for this run, and retires those of earlier runs. */
async function giveKey({ config, connection: { db }, salts }: Instance, now: Date): Promise<string> {
  const old = apiKeyListing(db, { actor, filter: { state: "active", search: keyName, now } });
  for (const { id } of (await readFirst(old, 100)).filter(({ createdBy }) => createdBy === actor.name)) {
    await retireApiKey(db, { id, actor, now });
  }
  const zone = config.CIVIFORM_TIME_ZONE_ID;
  const { credentials } = await createApiKey(db, {
    form: {
      keyName,
      expiration: addDays(localDate(now, zone), keyDays),
      subnet: "127.0.0.0/8, ::1/128",
      contactEmail: "",
      note: "Made by the demo, for this run.",
      grants: [{ slug: demoSlug, permission: "READ" }],
      formToken: "",
    },
    rules: { zone, lifetimeDaysMax: 0, bansGlobalSubnet: true },
    salts,
    actor,
    now,
  });
  return credentials.token.reveal();
}
