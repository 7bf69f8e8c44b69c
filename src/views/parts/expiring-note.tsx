import { Html } from "@elysiajs/html";
import { pluralize, soonDays } from "./format.ts";

/** Says how many active keys expire soon, with a link to them. Nothing when none does. */
export function ExpiringNote({ count }: { count: number }): JSX.Element {
  if (count === 0) return "";
  return (
    <div class="usa-alert usa-alert--warning usa-alert--slim civikey-notice">
      <div class="usa-alert__body">
        <p class="usa-alert__text">
          {Html.escapeHtml(`${pluralize(count, "key")} ${count === 1 ? "expires" : "expire"}`)} within {soonDays} days.{" "}
          <a class="civikey-nowrap" href="/admin/apiKeys?expiring=true">
            Show {count === 1 ? "it" : "them"}
          </a>
        </p>
      </div>
    </div>
  );
}
