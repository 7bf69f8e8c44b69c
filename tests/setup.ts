/** Preloaded by `bun test`: one PostgreSQL and one build of the assets for the whole run. */
import { afterAll, setDefaultTimeout } from "bun:test";
import { join } from "node:path";
import { buildAssets } from "../src/assets/build.ts";
import { startServer, stopServer } from "./support/database.ts";

process.env.TZ = "Pacific/Chatham"; // Nothing may depend on the machine's zone: this one is like no other.
setDefaultTimeout(30_000);

// Here and not in a hook: a test that times out takes the processes with it that it has started.
await Promise.all([startServer(), buildAssets(join(import.meta.dir, "../public/built"))]);

afterAll(stopServer, 60_000);
