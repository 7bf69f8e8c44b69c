/** Why a file cannot be used, for operators. */

/** By the operating system's code. */
const problems: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EISDIR: "it is a folder",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  EIO: "the disk does not work",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
};

/** In a few words why the operating system refused a file; undefined for another error. */
export function describeFileProblem(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return undefined;
  return problems[String(error.code)];
}
