/** Hashes of passwords at a thousandth of what the product's cost, which is there to slow down who guesses. */
const productHash = Bun.password.hash;

const hash: typeof Bun.password.hash = (password, options) =>
  productHash(password, { algorithm: "argon2id", memoryCost: 64, timeCost: 1, ...(Object(options) as object) });

/** From now on, in this process. A hash says what it costs to check, so checking gets cheap too. */
export function hashCheaply(): void {
  Bun.password.hash = hash;
}

/** Has `work` hash as the product does. */
export async function hashAtFullCost<T>(work: () => Promise<T>): Promise<T> {
  Bun.password.hash = productHash;
  try {
    return await work();
  } finally {
    hashCheaply();
  }
}
