import { expect, test } from "bun:test";
import { StatusHistory } from "../../../src/views/applications/status-history.tsx";
import { noAssets } from "../../support/app.ts";
import { longStatusHistory } from "../../support/status-samples.ts";
import { samplePage } from "../../support/view-samples.ts";

const page = samplePage(noAssets);
const draw = (count: number) => String(StatusHistory({ changes: longStatusHistory.slice(0, count), page }));
const countRows = (html: string) => html.split("<tr").length - 1 - html.split("<thead").length + 1;

test("a long history collapses all but its newest five changes", () => {
  expect(draw(5)).not.toContain("<details");
  const [open = "", folded = ""] = draw(100).split("<details");
  expect([countRows(open), countRows(folded)]).toEqual([5, 95]);
  expect(open).toContain("Showing the newest 100 changes.");
  expect(folded).toContain("95 earlier changes");
  expect(folded).not.toContain("<details");
});
