import { expect, spyOn, test } from "bun:test";
import { ConfigError } from "../../src/config/variables.ts";
import { EmbeddedPostgresError } from "../../src/db/embedded/report.ts";
import { StartFailure } from "../../src/instance/failure.ts";
import { explainStart, stopOnSignal } from "../../src/server/process.ts";

/** What a process exits with, and says, when `stop` is called twice. */
async function stopTwice(stop: () => Promise<void>) {
  const written = spyOn(process.stderr, "write").mockReturnValue(true);
  const { promise, resolve } = Promise.withResolvers<number>();
  const stops: true[] = [];
  const end = stopOnSignal(
    {
      stop() {
        stops.push(true);
        return stop();
      },
    },
    resolve,
  );
  end();
  end();
  const code = await promise;
  const said = written.mock.calls.join();
  written.mockRestore();
  for (const signal of ["SIGTERM", "SIGINT"]) process.off(signal, end);
  return { code, said, stops: stops.length };
}

test("a process that has stopped exits with 0", async () => {
  expect(await stopTwice(async () => {})).toEqual({ code: 0, said: "", stops: 1 });
});

test("a process that cannot stop cleanly says why, and exits with 1", async () => {
  const away = Object.assign(new Error("secret"), { code: "ECONNREFUSED", address: "192.0.2.1", port: 5432 });
  for (const [error, reason] of [
    [away, "DATABASE_URL: PostgreSQL at 192.0.2.1:5432 refuses connections."],
    [new TypeError("secret"), "Unexpected error: TypeError."],
  ] as const) {
    const { code, said } = await stopTwice(() => Promise.reject(error));
    expect(code).toBe(1);
    expect(said).toContain(`CiviKey did not stop cleanly. ${reason}`);
    expect(said).not.toContain("secret");
  }
});

const failed = (code: string, more: object = {}) => Object.assign(new Error("secret"), { code, ...more });
const failures = [
  [new ConfigError(["PORT must be a number"]), "configuration", "The configuration has 1 problem(s):"],
  [new EmbeddedPostgresError("No room."), "database", "No room."],
  [new StartFailure("A worker exited."), "unavailable", "A worker exited."],
  [failed("EADDRINUSE"), "network", "The port is in use. Stop what is using it, or set PORT."],
  [failed("EADDRNOTAVAIL", { syscall: "listen" }), "network", "HOST is not an address of this machine."],
  [failed("EACCES", { syscall: "listen" }), "network", "No permission to listen on PORT"],
  [
    failed("EACCES", { syscall: "open", path: "/data/secret-key" }),
    "file",
    "/data/secret-key can't be used: permission denied.",
  ],
  [failed("ENOSPC", { syscall: "write" }), "file", "A file can't be used: the disk is full."],
  [failed("53100"), "unavailable", "DATABASE_URL: PostgreSQL cannot write: its disk is full."],
  [
    failed("28P01", { host: "db", port: 5432 }),
    "database",
    "DATABASE_URL: PostgreSQL at db:5432 rejects the user or password.",
  ],
  [failed("CERT_HAS_EXPIRED"), "database", "DATABASE_URL: PostgreSQL has a certificate that has expired."],
  [failed("UNWANTED_SERVER"), "unavailable", "DATABASE_URL: PostgreSQL is a standby, and the primary is needed."],
  [new TypeError("secret"), "unexpected", "Unexpected error: TypeError. Set LOG_LEVEL=debug to see where."],
] as const;

for (const [error, kind, sentence] of failures) {
  test(`a failed start says in a sentence, or a line of JSON: ${sentence}`, () => {
    const [plain, json] = ["pretty", "json"].map((LOG_FORMAT) => explainStart(error, { LOG_FORMAT }));
    expect(plain).toStartWith(`CiviKey did not start. ${sentence}`);
    const line: { problem: string } = JSON.parse(json ?? "");
    expect(line).toMatchObject({ level: "error", msg: "CiviKey did not start", error: kind });
    expect(plain).toBe(`CiviKey did not start. ${line.problem}\n`);
    expect(`${plain}${json}`).not.toMatch(/secret"|\.ts:/);
  });
}
