/** Syncs 50,000 applications from another CiviKey and is killed ten times at random moments. */
import { type KilledSync, syncUnderKills } from "../support/sync-kills.ts";
import { atMost, judge, type Measurement } from "./measurement.ts";

const full = { applications: 50_000, kills: 10, pageSize: 500, skipsLeases: false };
const quick = { applications: 3_000, kills: 4, pageSize: 100, skipsLeases: true };

/** As in production: SIGKILL, then waiting for the dead process's lease (except in a quick run). */
export const syncKills: Measurement = {
  comparisons: [
    {
      name: "applications that differ after a sync was killed again and again",
      against: "applications of the source",
      target: atMost(0),
    },
  ],
  async measure(scale) {
    const outcome = await syncUnderKills(scale.quick ? quick : full);
    const { counts, different } = outcome;
    const missing = Math.abs(counts[0] - counts[1]);
    return syncKills.comparisons.map((comparison) =>
      judge(comparison, {
        rounds: [(different + missing) / counts[1]],
        figures: describeKills(outcome),
        counts: "highest",
      }),
    );
  },
};

function describeKills({ counts, killedAt, answer, check, seconds }: KilledSync) {
  return {
    applications: counts[1],
    "killed at": killedAt.join(", "),
    "inserted in all": String(answer.inserted),
    "changed by a full check afterwards": Number(check.inserted) + Number(check.updated),
    "seconds, starts and waits for leases included": Math.round(seconds),
  };
}
