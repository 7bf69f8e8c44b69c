/** Preloaded into a server whose calls never wait for a database: keys in memory, nothing recorded. */
import { replaceModules } from "./replace-modules.ts";

replaceModules({
  "domain/access/lookup.ts": "keys-in-memory.ts",
  "domain/access/usage/recorder.ts": "usage-off.ts",
  "domain/access/refusals/recorder.ts": "refusals-off.ts",
});
