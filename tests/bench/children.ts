/** The processes the bench has started: none outlives its measurement. */
import type { Subprocess } from "bun";

/** As `bun run start`, the image and the systemd unit set Bun's allocator: for both sides of a comparison. */
export const allocator = { MIMALLOC_PURGE_DELAY: "10000" };

const children = new Set<Subprocess>();

/** Remembers a process until it ends. */
export function remember<Child extends Subprocess>(child: Child): Child {
  children.add(child);
  void child.exited.then(() => children.delete(child));
  return child;
}

/** Ends whatever a failed measurement left running. */
export async function endChildren(): Promise<void> {
  const left = [...children];
  for (const child of left) child.kill("SIGKILL");
  await Promise.all(left.map((child) => child.exited));
}
