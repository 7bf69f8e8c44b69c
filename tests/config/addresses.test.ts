import { describe, expect, test } from "bun:test";
import { findSourceProblem, findSyncTokenProblem, readOrigin } from "../../src/config/addresses.ts";

describe("the source of a sync", () => {
  test("is an origin, https unless it is this machine", () => {
    for (const good of [
      "https://civiform.example.gov",
      "https://civiform.example.gov:8443/",
      "http://localhost:9000",
      "http://127.0.0.1:9000",
      "http://[::1]:9000",
    ]) {
      expect(findSourceProblem(good, { allowsHttp: false })).toBeUndefined();
    }
    for (const bad of [
      "civiform.example.gov",
      "https://civiform.example.gov/api",
      "https://civiform.example.gov/?x",
      "https://civiform.example.gov/#x",
      "https://user@civiform.example.gov",
      "https://user:password@civiform.example.gov",
      "ftp://civiform.example.gov",
      "file:///etc/passwd",
      "",
    ]) {
      expect(findSourceProblem(bad, { allowsHttp: true })).toContain("must be an origin");
      expect(readOrigin(bad)).toBeUndefined();
    }
    for (const plain of ["http://civiform.example.gov", "http://localhost.example.org", "http://10.0.0.1"]) {
      expect(findSourceProblem(plain, { allowsHttp: false })).toContain("must be https");
      expect(findSourceProblem(plain, { allowsHttp: true })).toBeUndefined();
    }
  });

  test("has a token of key id, colon and secret in Base64", () => {
    expect(findSyncTokenProblem(btoa("key:secret"))).toBeUndefined();
    for (const bad of [
      "",
      "key:secret",
      btoa("keysecret"),
      btoa(":secret"),
      btoa("key:"),
      btoa("key:secret").replaceAll("=", ""),
      `${btoa("key:secret")}\r\nX: y`,
    ]) {
      expect(findSyncTokenProblem(bad)).toContain("must be");
    }
  });
});
