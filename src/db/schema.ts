/**
 * Every table of CiviKey, by subject. Constraints carry the rules that must hold whoever writes: a key without
 * expiration, subnet or grant cannot be stored. What Drizzle cannot say (the deferred grant check,
 * the append-only audit trail, immutable versions) is in the hand-written part of the migrations.
 */
export * from "./schema/alerts.ts";
export * from "./schema/applications.ts";
export * from "./schema/audit.ts";
export * from "./schema/erasures.ts";
export * from "./schema/keys.ts";
export * from "./schema/people.ts";
export * from "./schema/programs.ts";
export * from "./schema/refusals.ts";
export * from "./schema/status-changes.ts";
export * from "./schema/submissions.ts";
export * from "./schema/sync.ts";
export * from "./schema/usage.ts";
