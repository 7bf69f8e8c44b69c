/** In place of `domain/refusal-recorder`: no refusal is kept. */
import type { createRefusalRecorder as create } from "../../../src/domain/access/refusals/recorder.ts";

/** Keeps nothing, writes nothing. */
export const createRefusalRecorder: typeof create = () => ({
  record() {},
  lagMs: () => 0,
  flush: async () => {},
  close: async () => {},
});
