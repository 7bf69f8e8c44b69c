/** Preloaded into a server that counts no calls and records no refusals. */
import { replaceModules } from "./replace-modules.ts";

replaceModules({
  "domain/access/usage/recorder.ts": "usage-off.ts",
  "domain/access/refusals/recorder.ts": "refusals-off.ts",
});
