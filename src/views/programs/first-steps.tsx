import { Html } from "@elysiajs/html";
import type { FirstSteps } from "../../domain/programs/first-steps.ts";
import { applicationsHref, keyHref, programHref } from "../parts/hrefs.ts";
import { attribute } from "../parts/text.tsx";

interface Step {
  readonly text: string;
  readonly href: string;
  readonly isDone: boolean;
  readonly hint: string;
}

function listSteps({ programSlug: slug, isPublished, hasApplications, apiKeyId, wasCalled }: FirstSteps): Step[] {
  return [
    {
      text: "Import a program",
      href: "/admin/programs/import",
      isDone: slug !== null,
      hint: "Export it from CiviForm as JSON, and choose the file here.",
    },
    {
      text: "Publish it",
      href: slug === null ? "/admin/programs" : programHref(slug),
      isDone: isPublished,
      hint: "The API serves programs that have an active version.",
    },
    {
      text: "Load its applications",
      href: slug === null ? "/admin/applications" : applicationsHref(slug),
      isDone: hasApplications,
      hint: "From CiviForm, by sync or from a file.",
    },
    {
      text: "Create an API key",
      href: "/admin/apiKeys/new",
      isDone: apiKeyId !== null,
      hint: "It lets a system call the API for the programs you choose.",
    },
    {
      text: "See its first call",
      href: apiKeyId === null ? "/docs/api" : keyHref(apiKeyId),
      isDone: wasCalled,
      hint: "The page of a new key has a curl command to try.",
    },
  ];
}

/** What to do until the first call, step by step; the steps that are done are checked. */
export function FirstStepsList({ steps }: { steps: FirstSteps }): JSX.Element {
  const all = listSteps(steps);
  const next = all.find(({ isDone }) => !isDone);
  return (
    <ol class="civikey-checklist" aria-label="First steps">
      {all.map((step) => (
        <li class={step.isDone ? "civikey-checklist__done" : ""} aria-current={step === next ? "step" : undefined}>
          <a href={attribute(step.href)}>{Html.escapeHtml(step.text)}</a>
          {step.isDone ? (
            <span class="usa-sr-only"> (done)</span>
          ) : (
            <span class="civikey-checklist__hint" safe>
              {step.hint}
            </span>
          )}
        </li>
      ))}
    </ol>
  );
}
