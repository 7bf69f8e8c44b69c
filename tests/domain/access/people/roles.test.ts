import { describe, expect, test } from "bun:test";
import { covers, type HeldRole, hasRight, permit, permitAll } from "../../../../src/domain/access/people/roles.ts";
import { actor } from "../../../support/factories.ts";

const snow = { id: 1, slug: "snow-removal" };
const food = { id: 2, slug: "food-vouchers" };
const admin: HeldRole = { role: "admin", program: null };
const auditor: HeldRole = { role: "auditor", program: null };
const ofSnow: HeldRole = { role: "program_admin", program: snow };
const ofFood: HeldRole = { role: "program_admin", program: food };

describe("a right", () => {
  test("of an admin is for every program", () => {
    const permitted = permit(actor, { roles: [ofSnow, admin], right: "see keys" });
    expect(permitted).toMatchObject({ ...actor, programs: undefined });
  });

  test("of a program admin is for their programs", () => {
    const permitted = permit(actor, { roles: [ofSnow, ofFood], right: "see applications" });
    expect(permitted).toMatchObject({ ...actor, programs: [snow, food] });
    expect(permitted && [covers(permitted, 1), covers(permitted, 2), covers(permitted, 3)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test("of an auditor does not widen what they may do as a program admin", () => {
    expect(permit(actor, { roles: [auditor, ofSnow], right: "see applications" })?.programs).toEqual([snow]);
    expect(permit(actor, { roles: [auditor, ofSnow], right: "see programs" })?.programs).toBeUndefined();
    expect(hasRight([auditor, ofSnow], "see applications", snow.id)).toBe(true);
    expect(hasRight([auditor, ofSnow], "see applications", food.id)).toBe(false);
  });

  test("is not there without a role that gives it", () => {
    expect(permit(actor, { roles: [], right: "see keys" })).toBeUndefined();
    expect(permit(actor, { roles: [auditor, ofSnow], right: "change keys" })).toBeUndefined();
    expect(permit(actor, { roles: [auditor], right: "see applications" })).toBeUndefined();
    expect(permit(actor, { roles: [ofSnow], right: "see the audit trail" })).toBeUndefined();
    expect(permit(actor, { roles: [ofSnow], right: "see people" })).toBeUndefined();
  });

  test("of the operator is every right, everywhere", () => {
    expect(covers(permitAll("operator (CLI)"), 3)).toBe(true);
  });
});
