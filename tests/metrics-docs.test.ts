import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { parse } from "yaml";
import { rules } from "../src/domain/access/authentication.ts";
import { measureProcess } from "../src/metrics/registry.ts";
import { startTestApp, type TestApp } from "./support/app.ts";

let app: TestApp;
/** The type and labels of every metric of a process. */
const metrics = new Map<string, { type: string; labels: string }>();
const docs = (name: string) => Bun.file(join(import.meta.dir, "../docs", name)).text();

beforeAll(async () => {
  app = await startTestApp();
  measureProcess(app.metrics);
  const types = await app.metrics.print();
  for (const [, name = "", type = ""] of types.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const metric = app.metrics.registry.getSingleMetric(name);
    const labelNames = metric && "labelNames" in metric ? metric.labelNames : [];
    if (!Array.isArray(labelNames)) throw new Error(`${name} has no list of labels`);
    metrics.set(name, { type, labels: labelNames.join(", ") });
  }
});
afterAll(() => app.close());

/** Our metrics and the process's in a PromQL expression, without a histogram's suffixes. */
const namesIn = (expression: string) =>
  (expression.match(/\b(civikey|process|nodejs)_\w+/g) ?? []).map((name) =>
    metrics.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ""),
  );

test("documents every metric with its type and labels, and no other", async () => {
  const documented = new Map<string, { type: string; labels: string }>();
  for (const line of (await docs("metrics.md")).split("\n")) {
    const [, names = "", type = "", labels = ""] = line.split("|").map((cell) => cell.trim());
    if (!names.startsWith("`")) continue;
    for (const [, name = ""] of names.matchAll(/`(\w+)`/g)) {
      documented.set(name, { type, labels: labels.replaceAll("`", "") });
    }
  }
  expect([...documented.keys()].toSorted()).toEqual([...metrics.keys()].toSorted());
  for (const [name, metric] of metrics) expect([name, documented.get(name)]).toEqual([name, metric]);
});

test("documents the reasons for refusals that the rules give", async () => {
  const row = (await docs("metrics.md")).split("\n").find((line) => line.includes("refusals_total"));
  const reasons = row?.match(/`(\w+)`/g)?.slice(2);
  expect(reasons).toEqual(rules.map(({ reason }) => `\`${reason}\``));
});

test("the alert rules use existing metrics", async () => {
  const { groups } = parse(await docs("alert-rules.yaml"));
  const alerts: { alert: string; expr: string }[] = groups[0].rules;
  expect(alerts.map(({ alert }) => alert)).toEqual([
    ...["CiviKeyRefusalsRise", "CiviKeyKeyExpiresSoon", "CiviKeyNotReady", "CiviKeyCountsNotStored"],
    ...["CiviKeySyncFails", "CiviKeyDatabaseWaits", "CiviKeySignInsFail"],
  ]);
  for (const { expr } of alerts) {
    expect(namesIn(expr).length).toBeGreaterThan(0);
    for (const name of namesIn(expr)) expect(metrics.keys()).toContain(name);
  }
});

test("the dashboard uses existing metrics and labels", async () => {
  const dashboard: { panels: { title: string; targets: { expr: string }[] }[] } = JSON.parse(
    await docs("grafana-dashboard.json"),
  );
  const labels = new Set(["instance", "le", ...[...metrics.values()].flatMap((m) => m.labels.split(", "))]);
  expect(dashboard.panels.length).toBeGreaterThan(10);
  for (const { title, targets } of dashboard.panels) {
    for (const { expr } of targets) {
      expect(`${title}: ${namesIn(expr)}`).not.toBe(`${title}: `);
      for (const name of namesIn(expr)) expect(metrics.keys()).toContain(name);
      for (const [, list = ""] of expr.matchAll(/by \(([^)]*)\)/g)) {
        for (const label of list.split(", ")) expect(labels).toContain(label);
      }
      for (const [, label = ""] of expr.matchAll(/[{,](\w+)=/g)) expect(labels).toContain(label);
    }
  }
});
