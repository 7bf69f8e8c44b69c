/** Does the time of a refusal reveal its reason? It must not. */
import { retireApiKey } from "../../src/domain/access/keys/retire.ts";
import { addDays, localDate } from "../../src/lib/time/times.ts";
import { startTestApp, zone } from "../support/app.ts";
import { urlOf } from "../support/database.ts";
import { actor, makeAdmin, makeKey, makeProgram } from "../support/factories.ts";
import { requestOf } from "../support/raw-http.ts";
import { startServerProcess } from "../support/server-process.ts";
import { openClient } from "./keep-alive-client.ts";
import { judge, type Measurement, median, quantile } from "./measurement.ts";

const warmUpCalls = 300;

/** The reason the others are compared with: it needs a look-up, as they do. */
const reference = "unknown_key";
const reasons = [
  "missing_credentials",
  "malformed_credentials",
  "wrong_secret",
  "retired",
  "expired",
  "outside_subnet",
  "no_grant",
  "no_grant, no such program",
];
/** Into how many stretches the calls are divided; each gives a ratio. */
const stretches = 10;

/**
 * Refused calls of each reason, in turn, in another order each time, on one connection. Only the reasons
 * that need a look-up are secret: whether a call had credentials its sender knows.
 */
export const refusalTimes: Measurement = {
  comparisons: reasons.map((reason) => ({
    name: `time of a refusal: ${reason}`,
    against: `time of a refusal: ${reference}`,
    target: null,
  })),
  async measure({ quick }) {
    const times = await measureTimes(quick ? 500 : 2_000);
    return refusalTimes.comparisons.map((comparison, index) => {
      const own = times[reasons[index] ?? ""] ?? new Float64Array();
      const length = own.length / stretches;
      const partOf = (all: Float64Array | undefined, part: number) =>
        median(all?.subarray(part * length, (part + 1) * length) ?? []);
      return judge(comparison, {
        rounds: Array.from({ length: stretches }, (_, part) => partOf(own, part) / partOf(times[reference], part)),
        figures: describeTimes(own),
      });
    });
  },
};

/** Microseconds of every call, by reason. */
async function measureTimes(callsPerReason: number): Promise<Record<string, Float64Array>> {
  const home = await startTestApp();
  await makeAdmin(home);
  const requests = await prepareRequests(home);
  const server = await startServerProcess(urlOf(home.database.target), { LOG_LEVEL: "info" });
  const client = openClient(Number(new URL(server.url).port));
  const times = Object.fromEntries(Object.keys(requests).map((reason) => [reason, new Float64Array(callsPerReason)]));
  for (let round = -warmUpCalls; round < callsPerReason; round += 1) {
    for (const [reason, request] of shuffle(Object.entries(requests))) {
      const started = Bun.nanoseconds();
      const status = await client.ask(request);
      const microseconds = (Bun.nanoseconds() - started) / 1000;
      if (status !== 401) throw new Error(`${reason} was answered ${status}`);
      if (round >= 0) times[reason]?.fill(microseconds, round, round + 1);
    }
  }
  client.close();
  await server.end("SIGTERM");
  await home.close();
  return times;
}

function describeTimes(values: Float64Array) {
  const sorted = values.toSorted();
  const half = values.length / 2;
  const noise = Math.abs(median(values.subarray(0, half)) - median(values.subarray(half)));
  return {
    "median, µs": Math.round(quantile(sorted, 0.5)),
    "first quarter, µs": Math.round(quantile(sorted, 0.25)),
    "third quarter, µs": Math.round(quantile(sorted, 0.75)),
    "noise (between the medians of both halves), µs": Math.round(noise),
  };
}

async function prepareRequests(home: Awaited<ReturnType<typeof startTestApp>>): Promise<Record<string, string>> {
  await makeProgram(home);
  await makeProgram(home, { id: 2, adminName: "other-program" });
  const now = new Date();
  const today = localDate(now, zone);
  const newKey = (given: Parameters<typeof makeKey>[1] = {}) =>
    makeKey(home, { now, expiration: addDays(today, 30), subnet: "127.0.0.0/8", ...given });
  const [good, retired, expired, outside] = await Promise.all([
    newKey(),
    newKey(),
    newKey({ now: new Date(now.getTime() - 9 * 86_400_000), expiration: addDays(today, -5) }),
    newKey({ subnet: "192.0.2.0/24" }),
  ]);
  await retireApiKey(home.database.db, { keyId: retired.keyId, actor, now });
  const call = (program: string, authorization?: string) =>
    requestOf(
      `/api/v1/admin/programs/${program}/applications`,
      authorization === undefined ? [] : [`Authorization: ${authorization}`],
    ).replace("Connection: close\r\n", "");
  const withToken = (token: string, program = "snow-removal") => call(program, `Basic ${token}`);
  // The same length as real key ids and secrets, so that only the reason differs.
  const other = (text: string) => `${text.slice(0, -6)}AAAAAA`;
  return {
    missing_credentials: call("snow-removal"),
    malformed_credentials: call("snow-removal", `Bearer ${good.token}`),
    unknown_key: withToken(btoa(`${other(good.keyId)}:${good.secret}`)),
    wrong_secret: withToken(btoa(`${good.keyId}:${other(good.secret)}`)),
    retired: withToken(retired.token),
    expired: withToken(expired.token),
    outside_subnet: withToken(outside.token),
    no_grant: withToken(good.token, "other-program"),
    "no_grant, no such program": withToken(good.token, "no-such-prog1"),
  };
}

function shuffle<T>(items: T[]): T[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    const [a, b] = [items[last], items[other]];
    if (a !== undefined && b !== undefined) [items[last], items[other]] = [b, a];
  }
  return items;
}
