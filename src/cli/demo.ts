/** `demo seed`. */
import { demoSlug, seedDemo } from "../demo/seed.ts";
import { type Command, UsageError } from "./command.ts";

/** Commands for the demo. */
export const demoCommands: readonly Command[] = [
  {
    name: "demo seed",
    summary: "fill an empty database with sample programs, applications and API keys",
    example: "demo seed --applications 1000",
    answer: '{"slug","read","inserted","updated","unchanged","rejected","erased"}',
    options: [["--applications <count>", "number of applications (default 250)"]],
    async run({ connection, salts, zone, actor, now }, _args, options) {
      const text = String(options.applications ?? 250);
      if (!/^\d{1,8}$/.test(text)) throw new UsageError("--applications must be a number.");
      const report = await seedDemo(connection.db, { count: Number(text), salts, zone, actor, now });
      return {
        json: { slug: demoSlug, ...report },
        text: `Created ${report.inserted} applications in the program ${demoSlug}.`,
      };
    },
  },
];
