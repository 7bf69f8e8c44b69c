/** A process that is `Bun.serve` and nothing else: the answer in `ANSWER`, whatever was asked. */
const { status, headers, body } = JSON.parse(process.env.ANSWER ?? "{}");

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.PORT),
  development: false,
  fetch: () => new Response(body, { status, headers }),
});
