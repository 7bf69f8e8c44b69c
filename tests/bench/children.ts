/** The processes that the bench has started: none of them outlives the measurement that it was for. */
import type { Subprocess } from "bun";

const children = new Set<Subprocess>();

/** Remembers a process until it ends. */
export function remember<Child extends Subprocess>(child: Child): Child {
  children.add(child);
  void child.exited.then(() => children.delete(child));
  return child;
}

/** Ends whatever a measurement that failed has left. */
export async function endChildren(): Promise<void> {
  const left = [...children];
  for (const child of left) child.kill("SIGKILL");
  await Promise.all(left.map((child) => child.exited));
}
