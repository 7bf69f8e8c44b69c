/** Replaces `domain/access/refusals/recorder.ts`: no refusal is recorded. */
import type { createRefusalRecorder as create } from "../../../src/domain/access/refusals/recorder.ts";

/** Records nothing, writes nothing. */
export const createRefusalRecorder: typeof create = () => ({
  record() {},
  lagMs: () => 0,
  flush: async () => {},
  close: async () => {},
});
