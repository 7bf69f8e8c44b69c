/** Asks every 10 ms until `isSo`. Throws when it is not so within `withinMs`; `what` is what was waited for. */
export async function waitUntil(what: string, isSo: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await Bun.sleep(10);
  }
}
