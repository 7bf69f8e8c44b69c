import { expect, spyOn, test } from "bun:test";
import { stopOnSignal } from "../../src/server/process.ts";

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
    [away, "PostgreSQL at 192.0.2.1:5432 refuses connections."],
    [new TypeError("secret"), "TypeError"],
  ] as const) {
    const { code, said } = await stopTwice(() => Promise.reject(error));
    expect(code).toBe(1);
    expect(said).toContain(`CiviKey did not stop cleanly. ${reason}`);
    expect(said).not.toContain("secret");
  }
});
