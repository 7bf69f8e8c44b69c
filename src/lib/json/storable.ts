/** Which texts PostgreSQL can keep as they are: no NUL, and no half of a surrogate pair (RFC 8259, 8.2). */
export function isStorableText(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}
