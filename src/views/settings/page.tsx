import { Html } from "@elysiajs/html";
import type { ListedAlert } from "../../domain/access/alerts/milestones.ts";
import type { TestOutcomes } from "../../domain/access/alerts/send-test.ts";
import { SubmitButton } from "../parts/buttons.tsx";
import { Alert, Badge, PageHeading } from "../parts/components.tsx";
import { formatFailure } from "../parts/format.ts";
import { keyHref } from "../parts/hrefs.ts";
import { Layout, type PageContext, toHtml } from "../parts/layout.tsx";
import { DataTable, Row } from "../parts/tables.tsx";
import { Code, NameLink, Quiet, Time } from "../parts/text.tsx";
import { type SettingRow, settingRows } from "./rows.ts";

/** What the page of settings shows. */
interface SettingsPageProps {
  readonly page: PageContext;
  /** By variable; secrets are masked, what is not set is empty. */
  readonly settings: Readonly<Record<string, string>>;
  /** The latest alerts, newest first. */
  readonly alerts: readonly ListedAlert[];
  /** How the test just sent went; null when none was sent. */
  readonly outcomes: TestOutcomes | null;
}

/** The settings, to look at, and whether alerts arrive (`POST /admin/settings/test`). */
export function settingsPage(props: SettingsPageProps): string {
  const { page, settings, alerts, outcomes } = props;
  const canSend = settings.SMTP_URL !== "" || settings.ALERT_WEBHOOK_URL !== "";
  return toHtml(
    <Layout page={page} title="Settings">
      <PageHeading title="Settings" />
      <p>These come from the server’s environment. To change one, set its variable and restart the server.</p>
      {outcomes !== null && <Outcomes outcomes={outcomes} />}
      {settingRows.map(({ title, rows }) => (
        <div class="civikey-settings">
          <h2 safe>{title}</h2>
          <Settings title={title} rows={rows} settings={settings} />
        </div>
      ))}
      {canSend && page.may("send test alerts") && (
        <form class="civikey-form" method="post" action="/admin/settings/test">
          <div class="civikey-actions">
            <SubmitButton text="Send test" look="outline" />
          </div>
        </form>
      )}
      <h2>Latest alerts</h2>
      {alerts.length === 0 ? <p>No alert has been sent yet.</p> : <Alerts page={page} alerts={alerts} />}
    </Layout>,
  );
}

const settingColumns = ["Setting", "Value", "Variable"];

function Settings(props: { title: string; rows: readonly SettingRow[]; settings: SettingsPageProps["settings"] }) {
  return (
    <DataTable caption={props.title} columns={settingColumns}>
      {props.rows.map(([variable, name, say, unset = "Not set"]) => {
        const value = props.settings[variable] ?? "";
        return (
          <Row columns={settingColumns}>
            <span safe>{name}</span>
            {value === "" ? (
              <Quiet>{Html.escapeHtml(unset)}</Quiet>
            ) : (
              <span class="civikey-break" safe>
                {say(value)}
              </span>
            )}
            <Code text={variable} />
          </Row>
        );
      })}
    </DataTable>
  );
}

const channelNames = { email: "E-mail", webhook: "Webhook" } as const;
const failed = "failed: ";

function Outcomes({ outcomes }: { outcomes: TestOutcomes }): JSX.Element {
  const texts = (["email", "webhook"] as const).map((channel) => {
    const outcome = outcomes[channel];
    const words = outcome.startsWith(failed) ? `failed (${formatFailure(outcome.slice(failed.length))})` : outcome;
    return `${channelNames[channel]}: ${words}.`;
  });
  const hasFailed = Object.values(outcomes).some((outcome) => outcome.startsWith(failed));
  return (
    <Alert tone={hasFailed ? "error" : "success"} role="status">
      {Html.escapeHtml(texts.join(" "))}
    </Alert>
  );
}

const alertColumns = ["API key", "Said", "To", "Delivered"];
const milestoneTexts: Readonly<Record<ListedAlert["milestone"], string>> = {
  "30_days": "Expires within 30 days",
  "7_days": "Expires within 7 days",
  "1_day": "Expires within a day",
  expired: "Expired",
  rotated: "Replaced by its holder",
  retired: "Retired by its holder",
};
const recipientTexts = { contact: "Its contact", support: "Support address", webhook: "Webhook" } as const;

function Alerts({ page, alerts }: Pick<SettingsPageProps, "page" | "alerts">): JSX.Element {
  return (
    <DataTable caption="Latest alerts" columns={alertColumns}>
      {alerts.map(({ apiKeyId, keyName, milestone, recipient, attempts, sentAt, retryAt }) => (
        <Row columns={alertColumns}>
          <NameLink href={keyHref(apiKeyId)} name={keyName} />
          <span safe>{milestoneTexts[milestone]}</span>
          <span>{recipientTexts[recipient]}</span>
          {sentAt === null ? (
            <span>
              <Badge tone="urgent" text="Not yet" />{" "}
              {Html.escapeHtml(attempts === 1 ? "1 attempt. " : `${attempts} attempts. `)}
              Next <Time at={retryAt} zone={page.zone} exact />
            </span>
          ) : (
            <Time at={sentAt} zone={page.zone} exact />
          )}
        </Row>
      ))}
    </DataTable>
  );
}
