/**
 * Every table of CiviKey, by subject. Constraints carry the rules that must hold whoever writes: a key without
 * expiration, subnet or grant cannot be stored. What Drizzle cannot say (the deferred grant check,
 * the append-only audit trail, immutable versions) is in the hand-written part of the migrations.
 */

export { milestoneAlerts } from "./schema/alerts.ts";
export {
  applicationHeads,
  applicationOutlines,
  applications,
  modifications,
} from "./schema/applications.ts";
export { auditEvents } from "./schema/audit.ts";
export { erasedApplications, erasures } from "./schema/erasures.ts";
export { apiKeys, grants } from "./schema/keys.ts";

export {
  adminIdentities,
  adminRoles,
  admins,
  authenticatorApps,
  challenges,
  oneTimeLinks,
  passkeys,
  recoveryCodes,
  sessions,
  setupLinks,
  signInAttempts,
} from "./schema/people.ts";
export { programs, programVersions } from "./schema/programs.ts";
export { apiKeyDailyRefusals, refusals } from "./schema/refusals.ts";
export { statusChanges } from "./schema/status-changes.ts";
export { idempotentSubmissions, submittedApplicationIds } from "./schema/submissions.ts";
export { applicationSyncs } from "./schema/sync.ts";
export {
  apiKeyAddressCalls,
  apiKeyDailyCalls,
  apiKeyProgramCalls,
  apiKeyUsage,
  dismissedSuggestions,
  keyWrites,
} from "./schema/usage.ts";
