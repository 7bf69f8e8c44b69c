/** The admin of the load run: retires keys through the servers' pages, and checks their answers. */
import type { Connection } from "../../src/db/client.ts";
import { describeWriteProblem } from "../../src/db/writes/problems.ts";
import { getApiKey } from "../../src/domain/access/keys/find.ts";
import { actor, ownForm } from "../support/factories.ts";
import { type ChangeAnswer, type ChangeVerdict, judgeChange, type Troubles } from "./load-ledger.ts";

/** A signed-in admin. */
export interface LoadAdmin {
  /** Retires a key unless it is already retired. Throws when that is not acknowledged. */
  retire(key: { id: number; keyId: string }): Promise<void>;
  /** How often an answer said that the disk is full. */
  denials(): number;
  /** The results, once all outages are over. */
  verdicts(): Map<ChangeVerdict, number>;
}

const patienceMs = 6_000;
const denial = describeWriteProblem("disk_full");

/** Opens one. `baseUrl` gives the server to be asked next. */
export function openLoadAdmin(input: {
  connection: Connection;
  baseUrl: () => string;
  cookie: string;
  troubles: Troubles;
}): LoadAdmin {
  const { db } = input.connection;
  const answers: ChangeAnswer[] = [];
  const inDoubt = new Set<number>();
  let denied = 0;

  async function ask(id: number): Promise<ChangeAnswer> {
    const sentMs = performance.now();
    const response = await fetch(`${input.baseUrl()}/admin/apiKeys/${id}/retire`, {
      method: "POST",
      headers: { ...ownForm, cookie: input.cookie },
      redirect: "manual",
      body: "",
      signal: AbortSignal.timeout(patienceMs),
    });
    const text = await response.text();
    return {
      sentMs,
      answeredMs: performance.now(),
      status: response.status,
      saysDone: response.headers.get("location")?.endsWith(`?retired=${id}`) === true,
      saysFull: text.includes(denial),
    };
  }

  return {
    async retire({ id, keyId }) {
      const { state } = await getApiKey(db, { actor, keyId, now: new Date() });
      if (state === "retired") {
        // Fine when an earlier attempt was not answered: it may have reached the database.
        if (!inDoubt.has(id)) denied += 1;
        return;
      }
      const wasInDoubt = inDoubt.has(id);
      inDoubt.add(id);
      const answer = await ask(id);
      // An attempt without an answer may have succeeded between our look and this one.
      if (answer.status === 409 && wasInDoubt) return;
      answers.push(answer);
      if (answer.saysFull && !wasInDoubt) inDoubt.delete(id);
      if (!answer.saysDone) throw new Error(`retire: ${answer.status}`);
    },
    denials: () => answers.filter(({ saysFull }) => saysFull).length,
    verdicts() {
      const counts = new Map<ChangeVerdict, number>();
      for (const answer of answers) {
        const verdict = judgeChange(answer, input.troubles);
        counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
      }
      if (denied > 0) counts.set("stored, but denied", denied);
      return counts;
    },
  };
}
