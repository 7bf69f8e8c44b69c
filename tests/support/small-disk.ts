/** A small disk that can be made full: memory of this machine, mounted on a folder (Linux, as root). */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";

/** A disk that is mounted. */
export interface SmallDisk {
  /** Takes all the room there is, and what becomes free from now on. Returns when there is none. */
  fill(): Promise<void>;
  /** Gives back what `fill` took. */
  makeRoom(): Promise<void>;
  /** Unmounts it and removes its folder, with all that is on it. Idempotent. */
  remove(): Promise<void>;
}

/**
 * Waits for the end of its input, which comes when the process that has it ends, even by SIGKILL. Whoever
 * lives in the folder then (PostgreSQL does) is ended with it.
 */
const keeper = `
  trap '' HUP INT PIPE TERM
  mount -t tmpfs -o "size=$2m,mode=755" civikey-test "$1" || exit
  echo mounted
  cat
  for process in /proc/[0-9]*; do
    case "$(readlink "$process/cwd")" in
      "$1" | "$1"/*) kill -QUIT "\${process#/proc/}" ;;
    esac
  done
  umount -l "$1" && rmdir "$1"`;
/** Large: whoever fills may be busy, and is to be done soon. */
const piece = Buffer.alloc(16 * 1024 * 1024);
const refillEveryMs = 20;

/**
 * Mounts one on an empty folder, which goes away with this process, however that ends. Gives the reason
 * when it cannot be had.
 */
export async function mountSmallDisk(
  folder: string,
  { megabytes }: { megabytes: number },
): Promise<SmallDisk | string> {
  // Not in our process group: what ends that must not end the one who cleans up.
  const child = spawn("sh", ["-c", keeper, "sh", folder, String(megabytes)], { detached: true });
  const exited = once(child, "exit");
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      said += data;
    });
  }
  await Promise.race([once(child.stdout, "data"), exited]);
  const [line] = said.trim().split("\n");
  if (line !== "mounted") return line || "there is no mount";

  const filler = join(folder, "filler");
  let isFull = false;
  let refilling: Promise<void> | undefined;

  async function keepFull(): Promise<void> {
    while (isFull) {
      await takeAllRoom(filler);
      await Bun.sleep(refillEveryMs);
    }
  }

  async function makeRoom(): Promise<void> {
    isFull = false;
    await refilling;
    await rm(filler, { force: true });
  }

  return {
    async fill() {
      await takeAllRoom(filler);
      isFull = true;
      refilling = keepFull();
    },
    makeRoom,
    async remove() {
      await makeRoom();
      child.stdin.end();
      await exited;
    },
  };
}

async function takeAllRoom(filler: string): Promise<void> {
  const file = await open(filler, "a");
  try {
    for (;;) await file.write(piece);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  } finally {
    await file.close();
  }
}
