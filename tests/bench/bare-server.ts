/** A process with just `Bun.serve`: it returns the answer in `ANSWER` to every request. */
const { status, headers, body } = JSON.parse(process.env.ANSWER ?? "{}");

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.PORT),
  development: false,
  fetch: () => new Response(body, { status, headers }),
});
