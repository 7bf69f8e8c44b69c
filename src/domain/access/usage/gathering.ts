/** Adds up in memory what is alike until it is written, within limits. */

/** Tallies in memory. */
export interface Gathering<Tally> {
  /** The tally that has this id, to be counted up. Most calls have one: they cost no more than this. */
  find(id: string): Tally | undefined;
  /** Counts a tally by itself, or with the one that has the same id. */
  add(tally: Tally, id?: string): void;
  /** Takes everything out; counting starts again from nothing. */
  takeAll(): Tally[];
  /** Takes back what could not be written. */
  putBack(tallies: readonly Tally[]): void;
}

/**
 * Makes an empty gathering. Tallies with the same `idOf` are alike; `merge` adds the second to the first. More than
 * `talliesMax` are not kept.
 */
export function createGathering<Tally>(options: {
  idOf(tally: Tally): string;
  merge(known: Tally, added: Tally): void;
  talliesMax?: number;
}): Gathering<Tally> {
  const { idOf, merge, talliesMax = Number.POSITIVE_INFINITY } = options;
  let gathered = new Map<string, Tally>();
  const add = (tally: Tally, id = idOf(tally)) => {
    const known = gathered.get(id);
    if (known !== undefined) merge(known, tally);
    else if (gathered.size < talliesMax) gathered.set(id, tally);
  };
  return {
    find: (id) => gathered.get(id),
    add,
    takeAll() {
      const taken = [...gathered.values()];
      gathered = new Map();
      return taken;
    },
    putBack(tallies) {
      for (const tally of tallies) add(tally);
    },
  };
}

/**
 * Decides what is counted by itself in a period (a minute, a day): the first ids of each group, however often they are
 * written meanwhile. `together` limits those of all groups. A later period starts from nothing.
 */
export function createAdmission<Group, Period extends number | string>(limits: {
  maxOf(group: Group): number;
  together?: number;
}): (period: Period, group: Group, id: string) => boolean {
  const { maxOf, together = Number.POSITIVE_INFINITY } = limits;
  const idsByGroup = new Map<Group, Set<string>>();
  let newest: Period | undefined;
  let count = 0;
  return (period, group, id) => {
    if (newest === undefined || period > newest) {
      newest = period;
      idsByGroup.clear();
      count = 0;
    }
    const ids = idsByGroup.get(group) ?? new Set();
    if (ids.has(id)) return true;
    if (ids.size >= maxOf(group) || count >= together) return false;
    idsByGroup.set(group, ids.add(id));
    count += 1;
    return true;
  };
}
