/** Preloaded into a server whose calls never wait for a database: keys in memory, nothing recorded. */
import { replaceModules } from "./replace-modules.ts";

replaceModules({
  "domain/key-lookup.ts": "keys-in-memory.ts",
  "domain/usage.ts": "usage-off.ts",
  "domain/refusal-recorder.ts": "refusals-off.ts",
});
