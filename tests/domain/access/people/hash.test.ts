import { expect, test } from "bun:test";
import { hashPassword, verifyPassword } from "../../../../src/domain/access/people/passwords.ts";
import { Secret } from "../../../../src/lib/secrets/secret.ts";
import { hashAtFullCost } from "../../../support/cheap-passwords.ts";
import { passwordHash } from "../../../support/factories.ts";

test("a password is hashed with argon2id, 64 MiB, two passes and a new salt each time", async () => {
  const password = new Secret("a quiet walk by the river");
  expect(await hashAtFullCost(() => hashPassword(password))).toStartWith("$argon2id$v=19$m=65536,t=2,p=1$");
  const hashes = await Promise.all([hashPassword(password), hashPassword(password)]);
  expect(hashes[0]).not.toBe(hashes[1]);
  for (const hash of hashes) expect(await verifyPassword(password, hash)).toBeTrue();
  expect(await verifyPassword(new Secret("another password"), await passwordHash)).toBeFalse();
});
