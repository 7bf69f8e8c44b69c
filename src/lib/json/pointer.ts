/** Says where in a JSON document something is (RFC 6901). */

/**
 * The pointer to what these names lead to, such as `/application/name/first_name`. Elements count from
 * 0; no name at all is the whole document, whose pointer is empty.
 */
export function pointTo(...path: readonly (string | number)[]): string {
  return path.map((name) => `/${String(name).toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
