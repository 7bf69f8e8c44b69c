/** The characters that give JSON its structure (RFC 8259), as bytes and as UTF-16 units alike. */
export const quote = 0x22;
export const comma = 0x2c;
export const colon = 0x3a;
export const openingBracket = 0x5b;
export const backslash = 0x5c;
export const closingBracket = 0x5d;
export const openingBrace = 0x7b;
export const closingBrace = 0x7d;
