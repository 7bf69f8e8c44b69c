/** E-mail addresses. */

const lengthMax = 254;

/**
 * Tells whether a text is one mailbox that can be written to: without quotes, comments, lists or line breaks. RFC 5322
 * allows more, at a risk; RFC 6531 (any script) and RFC 5321 (254 characters) hold.
 */
export function isEmailAddress(text: string): boolean {
  return text.length <= lengthMax && /^[^\s@<>()[\]",;:\\\p{Cc}]+@[^\s@<>()[\]",;:\\\p{Cc}]+$/u.test(text);
}
