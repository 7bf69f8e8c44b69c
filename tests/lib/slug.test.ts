import { expect, test } from "bun:test";
import fc from "fast-check";
import { isSlug, slugOf } from "../../src/lib/slug.ts";
import { anyText } from "../support/any-text.ts";

test("a slug is the one that CiviForm makes of the admin name", () => {
  const slugs: Record<string, string> = {
    "Preschool Aid Program (DEPT)": "preschool-aid-program-dept",
    "Asistencia a Niños": "asistencia-a-ninos",
    rent_help_2024: "rent_help_2024",
    "Utility Discount -- 2026": "utility-discount-2026",
    "Æther & Ökonomie_x": "ther-okonomie_x",
    "  -- Kelvin K, ﬁne ½ -- ": "kelvin-k-fine-12",
    "utility-discount": "utility-discount",
    "¡!": "",
    日本: "",
    "\u00a0Rent\u2003help\t2024\u00a0": "rent-help-2024",
  };
  for (const [adminName, slug] of Object.entries(slugs)) expect(slugOf(adminName)).toBe(slug);
});

test("whatever a program is called, its slug is a slug, begins and ends with no hyphen, and makes itself", () => {
  const name = fc.oneof(
    anyText({ maxLength: 500 }),
    fc.string({ unit: fc.constantFrom("a", "Z", "_", "-", " ", "é", "㏘", "ﬃ"), maxLength: 500 }),
  );
  fc.assert(
    fc.property(name, (adminName) => {
      const slug = slugOf(adminName);
      expect(slug === "" || isSlug(slug)).toBe(true);
      expect(slug).not.toMatch(/^-|-$|--/);
      expect(slugOf(slug)).toBe(slug);
    }),
  );
});
