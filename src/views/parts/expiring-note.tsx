import { Html } from "@elysiajs/html";
import { pluralize, soonDays } from "./format.ts";

/** Points out how many active keys run out soon, and leads to them. Nothing when there are none. */
export function ExpiringNote({ count }: { count: number }): JSX.Element {
  if (count === 0) return "";
  return (
    <div class="usa-alert usa-alert--warning usa-alert--slim civikey-notice">
      <div class="usa-alert__body">
        <p class="usa-alert__text">
          {Html.escapeHtml(`${pluralize(count, "key")} ${count === 1 ? "runs" : "run"} out`)} within{" "}
          {soonDays} days.{" "}
          <a class="civikey-nowrap" href="/admin/apiKeys?expiring=true">
            Show {count === 1 ? "it" : "them"}
          </a>
        </p>
      </div>
    </div>
  );
}
