/** Sets the status of an application, and tells how it came about. */
import type { Database } from "../../db/client.ts";
import { runPrepared } from "../../db/run-sql.ts";
import { recordAuditEvent } from "../access/audit/record.ts";
import type { GrantedProgram } from "../access/grants.ts";
import type { Permitted } from "../access/people/roles.ts";
import { countKeyWrite, requireRoom } from "../access/usage/write-quota.ts";
import { type ActingKey, actingKey } from "./acting-key.ts";
import { isApplicationId, noSuchApplication } from "./application-id.ts";
import type { StatusForm } from "./status-form.ts";
import { type ApplicationFacts, factColumns } from "./stored/head.ts";
import { createShown } from "./stored/shown.ts";
import { holdHeadContext, storeHeads } from "./stored/store-heads.ts";

/** What an entry of the history takes beside its texts, about. */
const historyEntryBytes = 200;

/** The status of an application, as it was set. */
interface SetStatus {
  /** As text: a number would lose digits. */
  readonly applicationId: string;
  readonly status: string | null;
  /** Undefined, like the previous one, when notes are not shown. */
  readonly note: string | null | undefined;
  /** Epoch microseconds: the application's `status_last_modified_time`. */
  readonly at: bigint;
}

/** One change of an application's status or note. */
export interface StatusChange extends SetStatus {
  readonly previousStatus: string | null;
  readonly previousNote: string | null | undefined;
  /** The key that set it; null when a person did, or it came with an import. */
  readonly apiKey: ActingKey | null;
  /** The e-mail address of the person who set it. */
  readonly person: string | null;
}

/** Who sets a status. */
type StatusSetter =
  /** `bytesPerDay`: how many bytes the key may have stored in a day; 0 is no limit. */
  | { readonly apiKeyId: number; readonly bytesPerDay: number }
  | { readonly personId: number; readonly actor: Permitted<"set statuses"> };

/**
 * Sets status and note, with its place in the history, in one transaction. Of two at once both are in
 * the history, and the one that is the newest there is the application's. The time is `now`, but never
 * before that of the status it replaces. For a person it writes an audit event, which leaves out the status: who reads
 * the trail may not see applications. Throws `not_found`, and `too_many` when the key may not store as much today.
 */
export async function setApplicationStatus(
  db: Database,
  input: {
    program: GrantedProgram<"WRITE">;
    applicationId: string;
    form: StatusForm;
    setBy: StatusSetter;
    now: Date;
  },
): Promise<SetStatus> {
  const { applicationId, form, setBy, now } = input;
  const { programId } = input.program;
  if (!isApplicationId(applicationId)) throw noSuchApplication();
  return db.transaction(async (tx) => {
    const context = await holdHeadContext(tx, programId);
    // The lock puts those that come at once into one order: that of the history's ids.
    const [before] = await runPrepared<{ at: string; status: string | null; note: string | null }>(
      tx,
      `select greatest($3::timestamptz, status_last_modified_time)::text as at, status,
         application_note as note
       from applications where program_id = $1 and application_id = $2 for update`,
      [programId, applicationId, now.toISOString()],
    );
    if (before === undefined) throw noSuchApplication();
    const { status } = form;
    const note = form.note === undefined ? before.note : form.note;
    const texts = [status, note, before.status, before.note];
    const bytes = historyEntryBytes + Buffer.byteLength(texts.join(""));
    const write = "apiKeyId" in setBy ? { ...setBy, bytes } : undefined;
    if (write) await requireRoom(tx, write);
    await runPrepared(
      tx,
      `insert into status_changes
         (program_id, application_id, at, api_key_id, admin_id, status, note, previous_status, previous_note)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        ...[programId, applicationId, before.at],
        ...("apiKeyId" in setBy ? [setBy.apiKeyId, null] : [null, setBy.personId]),
        ...[status, note, before.status, before.note],
      ],
    );
    const facts = await runPrepared<ApplicationFacts>(
      tx,
      `update applications set status = $3, application_note = $4, status_last_modified_time = $5,
         status_set_here = true
       where program_id = $1 and application_id = $2 returning ${factColumns}`,
      [programId, applicationId, status, note, before.at],
    );
    await storeHeads(tx, { programId, facts, context });
    const [set] = facts;
    if (set === undefined) throw new Error("an application went away while it was locked");
    if ("actor" in setBy) {
      const details = { applicationId: set.application_id };
      await recordAuditEvent(tx, { ...setBy, now }, "application.status_set", details, { programId });
    }
    if (write) await countKeyWrite(tx, write);
    const at = BigInt(set.status_last_modified_time ?? 0);
    return { applicationId: set.application_id, status, note: showsNote(input.program) ? note : undefined, at };
  });
}

/** The changes of an application's status and note, the newest first, `limit` at most. Throws `not_found`. */
export async function listStatusChanges(
  db: Database,
  input: { program: GrantedProgram<"READ">; applicationId: string; limit: number },
): Promise<StatusChange[]> {
  const { applicationId, limit } = input;
  const { programId } = input.program;
  if (!isApplicationId(applicationId)) throw noSuchApplication();
  const rows = await runPrepared<Omit<StatusChange, "at"> & { at: string | null }>(
    db,
    // One row without a change tells that the application is there.
    `select application.application_id as "applicationId", (extract(epoch from changes.at) * 1000000)::bigint as at,
       ${actingKey} as "apiKey", email as person, changes.status, changes.note,
       previous_status as "previousStatus", previous_note as "previousNote"
     from applications application
     left join status_changes changes using (program_id, application_id)
     left join api_keys on api_keys.id = api_key_id
     left join admins on admins.id = admin_id
     where program_id = $1 and application_id = $2 order by changes.id desc limit $3`,
    [programId, applicationId, limit],
  );
  if (rows.length === 0) throw noSuchApplication();
  const hidden = showsNote(input.program) ? {} : { note: undefined, previousNote: undefined };
  return rows.flatMap(({ at, ...change }) => (at === null ? [] : { ...change, at: BigInt(at), ...hidden }));
}

function showsNote({ questions }: GrantedProgram): boolean {
  return createShown(questions).hasField("application_note");
}
