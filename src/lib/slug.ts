/** The slugs of programs: CiviForm's own, so that addresses, keys and syncs mean the same program in both. */

/** An admin name has 500 characters at most, and one of them can make four of a slug (`㏘` is `p.m.`). */
const slugForm = /^[a-z0-9_-]{1,2000}$/;

/** Whether a program could have this slug. */
export function isSlug(text: string): boolean {
  return slugForm.test(text);
}

/**
 * The slug that CiviForm makes of an admin name: Unicode form NFKD, without what is not ASCII, in lower
 * case, with one hyphen for each run of other characters than `a-z 0-9 _`, and none at either end. Empty
 * when nothing is left.
 */
export function slugOf(adminName: string): string {
  return adminName
    .normalize("NFKD")
    .replace(/[^\0-\x7f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^-|-$/g, "");
}
