import { Html } from "@elysiajs/html";
import { Alert } from "./components.tsx";
import { pluralize, soonDays } from "./format.ts";

/** Says how many active keys expire soon, with a link to them. Nothing when none does. */
export function ExpiringNote({ count }: { count: number }): JSX.Element {
  if (count === 0) return "";
  return (
    <Alert tone="warning">
      {Html.escapeHtml(`${pluralize(count, "key")} ${count === 1 ? "expires" : "expire"}`)} within {soonDays} days.{" "}
      <a class="civikey-nowrap" href="/admin/apiKeys?expiring=true">
        Show {count === 1 ? "it" : "them"}
      </a>
    </Alert>
  );
}
