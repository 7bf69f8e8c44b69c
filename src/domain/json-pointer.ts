/** Says where in a JSON document something is (RFC 6901). */

/**
 * The pointer to what these names lead to, as a URI fragment: `#/application/name/first_name`, the form
 * that problem details use (RFC 6901, section 6; RFC 9457, section 3). Elements count from 0; no name
 * at all is the whole document.
 */
export function pointTo(...path: readonly (string | number)[]): string {
  const tokens = path.map((name) => {
    const token = String(name).toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1");
    return `/${encodeURIComponent(token)}`;
  });
  return `#${tokens.join("")}`;
}
