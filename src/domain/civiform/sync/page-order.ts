/**
 * Sees to it that a walk through a source's pages comes to an end: CiviForm lists by falling application id,
 * so ids only fall, on a page and from page to page, and no page comes twice.
 */
import { pageSizeMax } from "./client.ts";
import { SyncFailure } from "./failure.ts";
import type { SourcePage } from "./page.ts";

/** What a page tells the walk. */
export interface PageEnd {
  readonly lowestApplicationId: bigint | null;
  /** As times are stored; null when the page has no application. */
  readonly newestSubmitTime: string | null;
}

/** Watches one page. All of it throws a `SyncFailure` when the walk would not get on. */
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
      if (newestSubmitTime === null || isLater(submitTime, newestSubmitTime)) {
        newestSubmitTime = submitTime;
      }
      const id = BigInt(applicationId);
      if (lowest !== null && id >= lowest) {
        throw bad(`The source lists application ${id} after ${lowest}: ids must fall.`);
      }
      lowest = id;
      isProgress = true;
    },
    /** One that is left out. What it says of itself decides nothing, unless nothing else does. */
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
        throw bad("The source promises more pages, but this one leads no further.");
      }
      return { lowestApplicationId: lowest, newestSubmitTime };
    },
  };
}

/** Stored times are written in one way: without the `Z`, a fraction is more than none. */
function isLater(time: string, other: string): boolean {
  return time.slice(0, -1) > other.slice(0, -1);
}

function bad(message: string): SyncFailure {
  return new SyncFailure("bad_answer", message);
}
