/** Which programs a server pulls from where, as the configuration says. */
import { readOrigin } from "../config/addresses.ts";
import type { Config } from "../config/variables.ts";
import type { SyncSource } from "../domain/civiform/sync/client.ts";
import { Secret } from "../lib/secrets/secret.ts";
import type { Checked } from "../log.ts";

/** A slug that the operator wrote into the configuration. */
export type ConfiguredSlug = Checked<"configured slug">;

/** Which programs a server keeps up to date with a source. */
export interface SyncPlan {
  readonly source: SyncSource;
  /** Slugs, the same here and there. */
  readonly programs: readonly ConfiguredSlug[];
  readonly everyMinutes: number;
  /** 0 for never. */
  readonly fullEveryHours: number;
}

/** The plan of a configuration, or undefined when it names no programs. */
export function readSyncPlan(config: Config): SyncPlan | undefined {
  const origin = readOrigin(config.CIVIFORM_SYNC_URL ?? "");
  const token = config.CIVIFORM_SYNC_TOKEN;
  const programs = config.CIVIFORM_SYNC_PROGRAMS;
  if (origin === undefined || token === undefined || programs.length === 0) return undefined;
  return {
    source: { origin, token: new Secret(token) },
    programs: programs.map((slug) => slug as ConfiguredSlug),
    everyMinutes: config.CIVIFORM_SYNC_MINUTES,
    fullEveryHours: config.CIVIFORM_SYNC_FULL_HOURS,
  };
}
