/**
 * Everything that a server process is made of, from its configuration. The server and the tests share this
 * one assembly; what is different in tests (the clock, the log, the database) is passed in.
 */
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { type Config, describeConfig, requiresSecondFactor } from "../config/variables.ts";
import { readKeyOverview } from "../domain/access/keys/count.ts";
import { createKeyLookup } from "../domain/access/lookup.ts";
import { createKeyReader } from "../domain/access/stored-keys.ts";
import { countErasures } from "../domain/applications/erasure/list.ts";
import { listSyncStates } from "../domain/civiform/sync/state.ts";
import type { Assets } from "../http/answers/assets.ts";
import { createRateLimits } from "../http/api-guard/rate-limit.ts";
import { createProgramDocs } from "../http/docs/program-docs.ts";
import { findFailingCheck } from "../http/operations.ts";
import { createDeviceCookie } from "../http/page-guard/device-cookie.ts";
import { createTokenCookie } from "../http/page-guard/session-cookie.ts";
import type { ClientAddressPolicy } from "../lib/net/client-address.ts";
import { parseSubnet, splitSubnetList } from "../lib/net/subnets.ts";
import { deriveKey } from "../lib/secrets/derived-keys.ts";
import { Secret } from "../lib/secrets/secret.ts";
import type { Log } from "../log.ts";
import { measureInstance } from "../metrics/instance.ts";
import { createMetrics } from "../metrics/registry.ts";
import { createAlertChannels } from "./alert-channels.ts";
import { type Instance, readKeyRules, readSessionPolicy } from "./open.ts";
import type { Pools } from "./pools.ts";
import { createServerReads, createWriteGate } from "./reads.ts";
import { openRecording } from "./recording.ts";
import { createSignOn } from "./sign-on.ts";
import { readSyncPlan } from "./sync-plan.ts";

/** Where the assets of the pages are built. */
export const builtAssetsDir = join(import.meta.dir, "../../public/built");

/** What a process is made of. */
export type Services = ReturnType<typeof createServices>;

/**
 * Makes the services of a process on a migrated database.
 * `close` writes what is still to be stored and closes every pool but the instance's own.
 */
export function createServices(
  instance: Pick<Instance, "config" | "salts" | "secretKey">,
  given: {
    log: Log;
    now: () => Date;
    /** The clock of this machine, which is compared with PostgreSQL's. */
    machineNow: () => Date;
    baseUrl: () => string;
    pools: Pools;
    assets: Assets;
  },
) {
  const { config, salts, secretKey } = instance;
  const { log, now, machineNow, baseUrl, pools } = given;
  const { db } = pools.main;
  const isHttps = () => baseUrl().startsWith("https:");
  const rules = readKeyRules(config);
  const recording = openRecording(pools.main, { salts, zone: rules.zone, log, machineNow });
  const { usage, refusals, rehasher, clock, checks } = recording;

  const metrics = createMetrics();
  measureInstance(metrics, {
    version: packageJson.version,
    findFailingCheck: () => findFailingCheck(checks),
    readClockDifference: () => clock.measureDifference(),
    readKeyOverview: () => readKeyOverview(db, { now: now() }),
    readSyncs: () => listSyncStates(db),
    readErasures: () => countErasures(db),
    now,
    usage,
    refusals,
    pools: {
      pages: pools.main.client,
      api: pools.api.client,
      writes: pools.writes.client,
      lookup: pools.lookup.client,
      ...(pools.replica && { replica: pools.replica.client }),
    },
  });

  const programDocs = createProgramDocs({ db, log, zone: rules.zone, baseUrl });

  return {
    log,
    now,
    baseUrl,
    docsAccess: config.API_DOCS_ACCESS,
    clientAddressPolicy: readClientAddressPolicy(config),
    version: packageJson.version,
    assets: { ...given.assets, version: packageJson.version, supportAddress: config.SUPPORT_EMAIL_ADDRESS },

    db,
    apiDb: pools.writes.db,
    reads: createServerReads(pools, log),
    writeGate: createWriteGate(),
    onSilence: pools.leaveBehind,
    programDocs,
    ...checks,
    announceStop: recording.announceStop,

    lookup: createKeyLookup(createKeyReader(pools.lookup.client), {
      onBatch: metrics.countBatch,
      onSilence: pools.leaveBehind,
    }),
    limits: createRateLimits({
      refusedPerMinute: config.RATE_LIMIT_REFUSED_PER_MINUTE,
      perKeyPerMinute: config.RATE_LIMIT_PER_KEY_PER_MINUTE,
      anonymousPerMinute: config.RATE_LIMIT_ANONYMOUS_PER_MINUTE,
    }),
    salts,
    usage,
    refusals,
    rehasher,
    rules,
    zone: rules.zone,
    pageSizeMax: config.CIVIFORM_API_APPLICATIONS_LIST_MAX_PAGE_SIZE,
    writeBytesPerDay: config.WRITE_BYTES_PER_KEY_PER_DAY,
    pageTokenKey: deriveKey(secretKey, "page-token"),
    fingerprintKey: deriveKey(secretKey, "fingerprint"),
    authenticatorKey: deriveKey(secretKey, "authenticator-app"),

    sessionPolicy: readSessionPolicy(config),
    channels: createAlertChannels(config, secretKey),
    settings: describeConfig(config),
    requiresSecondFactor: requiresSecondFactor(config),
    cookie: createTokenCookie({ isHttps }),
    keptFormCookie: createTokenCookie({ isHttps, name: "civikey_kept_form" }),
    secondFactorCookie: createTokenCookie({ isHttps, name: "civikey_second_factor" }),
    passkeyCookie: createTokenCookie({ isHttps, name: "civikey_passkey" }),
    signOn: createSignOn(config),
    signOnCookie: createTokenCookie({ isHttps, name: "civikey_sign_on" }),
    passwordSignIn: config.PASSWORD_SIGN_IN,
    deviceCookie: createDeviceCookie({ isHttps, key: deriveKey(secretKey, "device-cookie") }),

    metrics,
    metricsToken: config.METRICS_TOKEN === undefined ? undefined : new Secret(config.METRICS_TOKEN),
    printMetrics: metrics.print,
    syncPlan: readSyncPlan(config),

    async close() {
      programDocs.close();
      await recording.close();
      await pools.close();
    },
  };
}

function readClientAddressPolicy(config: Config): ClientAddressPolicy {
  if (config.CLIENT_IP_TYPE === "DIRECT") return { kind: "direct" };
  const trusted = splitSubnetList(config.TRUSTED_PROXIES).flatMap((text) => parseSubnet(text) ?? []);
  if (trusted.length > 0) return { kind: "forwarded-through", trusted };
  return { kind: "forwarded", trustedHops: config.NUM_TRUSTED_PROXIES };
}
