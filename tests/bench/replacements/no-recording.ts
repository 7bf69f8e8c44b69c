/** Preloaded into a server that counts no call and keeps no refusal. */
import { replaceModules } from "./replace-modules.ts";

replaceModules({
  "domain/usage.ts": "usage-off.ts",
  "domain/refusal-recorder.ts": "refusals-off.ts",
});
