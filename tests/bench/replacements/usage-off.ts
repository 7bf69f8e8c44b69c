/** Replaces `domain/access/usage/recorder.ts`: nothing is counted. */
import type { createUsageRecorder as create } from "../../../src/domain/access/usage/recorder.ts";

/** Counts nothing, writes nothing. */
export const createUsageRecorder: typeof create = () => ({
  record() {},
  recordGrant() {},
  lagMs: () => 0,
  flush: async () => {},
  close: async () => {},
});
