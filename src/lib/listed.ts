/** Names as a text, such as `a, b, and 3 more`: no more than `listedMax` of them, unless one more is the last. */
export function listNames(names: readonly string[], listedMax = names.length): string {
  const rest = names.length - listedMax;
  return new Intl.ListFormat("en").format(rest > 1 ? [...names.slice(0, listedMax), `${rest} more`] : names);
}
