/** Preloaded by `bun test`: one PostgreSQL for the whole run, stopped after it. */
import { afterAll } from "bun:test";
import { stopServer } from "./support/database.ts";

process.env.TZ = "Pacific/Chatham"; // Nothing may depend on the machine's zone: this one is like no other.

afterAll(stopServer, 60_000);
