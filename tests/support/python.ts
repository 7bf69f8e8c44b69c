/** Python, which reads what we write without any of our code. */

/** Where the program is; undefined where there is none. */
export function findPython(): string | undefined {
  const program = Bun.which("python3");
  if (program === null) console.log("There is no Python 3 here: tests that need it are skipped.");
  return program ?? undefined;
}

/** Runs a script that reads JSON from its standard input, and gives what it prints as JSON. Throws when it fails. */
export async function runPython(program: string, script: string, input: unknown): Promise<unknown> {
  const child = Bun.spawn([program, "-c", script], {
    stdin: new TextEncoder().encode(JSON.stringify(input)),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [printed, complaints, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (status !== 0) throw new Error(`Python failed: ${complaints}`);
  return JSON.parse(printed);
}
