/** Keys for the measurements, and the requests that use them. */
import { allQuestions, type GrantedQuestions } from "../../src/domain/access/questions.ts";
import { importProgram } from "../../src/domain/programs/import.ts";
import type { TestDatabase } from "../support/database.ts";
import { actor, makeLocalKey, programExport } from "../support/factories.ts";
import { requestOf } from "../support/raw-http.ts";

/** The program that the keys may read. */
export const benchSlug = "snow-removal";

/** Publishes the program and creates this many keys for loopback; returns their tokens. */
export async function makeBenchKeys(database: TestDatabase, count: number): Promise<string[]> {
  const text = programExport({ adminName: benchSlug });
  await importProgram(database.db, { text, publish: true, actor, now: new Date() });
  return Promise.all(Array.from({ length: count }, () => makeBenchKey(database)));
}

/** Creates a key for the published program, which sees all questions unless told otherwise; returns its token. */
export async function makeBenchKey(
  database: TestDatabase,
  questions: GrantedQuestions = allQuestions,
): Promise<string> {
  const choices = [{ slug: benchSlug, ...questions }];
  return (await makeLocalKey({ database }, { slug: benchSlug, questions: choices })).token;
}

/** A call on a connection that stays open. */
export function keepAliveRequest(path: string, token: string, headers: readonly string[] = []): string {
  return requestOf(path, [`Authorization: Basic ${token}`, ...headers]).replace("Connection: close\r\n", "");
}

/** A `checkAuth` with this token. */
export function checkAuthRequest(token: string): string {
  return keepAliveRequest("/api/v1/checkAuth", token);
}

/** The same token with an unknown key id of the same length. */
export function withOtherId(token: string): string {
  const [keyId = "", secret] = atob(token).split(":");
  return btoa(`${keyId.slice(0, -6)}AAAAAA:${secret}`);
}

/** The same token with a wrong secret of the same length. */
export function withOtherSecret(token: string): string {
  return btoa(`${atob(token).slice(0, -6)}AAAAAA`);
}
