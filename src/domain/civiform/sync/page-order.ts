/**
 * Makes sure that a walk through a source's pages ends. CiviForm lists by descending application id, so ids
 * must descend within a page and from page to page, and no page may come twice.
 */
import { pageSizeMax } from "./client.ts";
import { SyncFailure } from "./failure.ts";
import type { SourcePage } from "./page.ts";

/** What a page tells the walk. */
interface PageEnd {
  readonly lowestApplicationId: bigint | null;
  /** As times are stored; null when the page has no application. */
  readonly newestSubmitTime: string | null;
}

/** Checks one page. Every method throws a `SyncFailure` when the order is wrong. */
export function createPageOrder(before: {
  readonly pageToken: string | null;
  readonly lowestApplicationId: bigint | null;
}) {
  let lowest = before.lowestApplicationId;
  let lowestPassed: bigint | null = null;
  let newestSubmitTime: string | null = null;
  let count = 0;
  let isProgress = false;

  function addOne(): void {
    count++;
    if (count > pageSizeMax) {
      throw bad(`A page of the source has more than the ${pageSizeMax} applications asked for.`);
    }
  }

  return {
    /** A good application. */
    add(applicationId: string, submitTime: string): void {
      addOne();
      // Without the `Z`, a time with a fraction sorts after one without.
      if (newestSubmitTime === null || submitTime.slice(0, -1) > newestSubmitTime.slice(0, -1)) {
        newestSubmitTime = submitTime;
      }
      const id = BigInt(applicationId);
      if (lowest !== null && id >= lowest) {
        throw bad(`The source lists application ${id} after ${lowest}: ids must descend.`);
      }
      lowest = id;
      isProgress = true;
    },
    /** A rejected application. Its id counts only on a page without a good one. */
    pass(applicationId: string | null): void {
      addOne();
      if (applicationId === null) return;
      const id = BigInt(applicationId);
      if (lowestPassed === null || id < lowestPassed) lowestPassed = id;
    },
    end({ nextPageToken }: SourcePage): PageEnd {
      if (!isProgress && lowestPassed !== null && (lowest === null || lowestPassed < lowest)) {
        lowest = lowestPassed;
        isProgress = true;
      }
      if (nextPageToken !== null && (!isProgress || nextPageToken === before.pageToken)) {
        throw bad("The source says there are more pages, but this page makes no progress.");
      }
      return { lowestApplicationId: lowest, newestSubmitTime };
    },
  };
}

function bad(message: string): SyncFailure {
  return new SyncFailure("bad_answer", message);
}
