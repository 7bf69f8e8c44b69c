/** What the system knows about a process: its CPU time and its memory. Linux only. */
import { readFileSync, writeFileSync } from "node:fs";

/** Whether these figures are available here. */
export const hasProcessFigures = process.platform === "linux";

/** `USER_HZ`, which is the same on every Linux that we run on. */
const ticksPerSecond = 100;

/** CPU seconds of a process so far; 0 where the system doesn't tell. */
export function readWorkedSeconds(pid: number): number {
  if (!hasProcessFigures) return 0;
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, which may contain anything, ends at the last bracket; `utime` is the twelfth word after it.
  const words = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(words[11]) + Number(words[12])) / ticksPerSecond;
}

/** MiB a process uses now, and the most it has used since `forgetPeak`. */
export function readMemory(pid: number): { nowMib: number; peakMib: number } {
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) / 1024;
  return { nowMib: read("VmRSS"), peakMib: read("VmHWM") };
}

/** Makes the present the peak (proc(5), `clear_refs`). */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}
