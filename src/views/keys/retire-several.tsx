import { Html } from "@elysiajs/html";
import type { ApiKey } from "../../domain/access/keys/find.ts";
import type { DailyCalls } from "../../domain/access/usage/history.ts";
import { Alert } from "../parts/components.tsx";
import { More } from "../parts/facts.tsx";
import { formPage, type ProvenFormProps } from "../parts/form-page.tsx";
import { pluralize } from "../parts/format.ts";
import { keyHref, retireHref } from "../parts/hrefs.ts";
import { DataTable, Row } from "../parts/tables.tsx";
import { Code, LinkLine, NameLink, UserText } from "../parts/text.tsx";
import { describeLastUse } from "./facts.tsx";
import { ProgramNames } from "./grants.tsx";
import { ReasonField } from "./retire.tsx";
import { countWeek, isInUse } from "./usage.tsx";

/** What the page before retiring several keys shows; the problems are those of `reason` and `currentPassword`. */
interface RetireApiKeysPageProps extends ProvenFormProps {
  /** Those that were chosen; some may be retired already. */
  readonly apiKeys: readonly ApiKey[];
  readonly reason: string;
  /** Of each key by its number, day by day, the oldest first. */
  readonly calls: ReadonlyMap<number, readonly DailyCalls[]>;
}

/** Asks whether to retire several keys: `POST /admin/apiKeys/retire?key=…`, with `reason`. */
export function retireApiKeysPage(props: RetireApiKeysPageProps): string {
  const { page, apiKeys, problems } = props;
  const retired = apiKeys.filter(({ state }) => state === "retired");
  const toRetire = apiKeys.filter(({ state }) => state !== "retired");
  const inUse = toRetire.filter((apiKey) => isInUse(apiKey, page.now)).length;
  const question = toRetire.length === 0 ? "Nothing to retire" : `Retire ${pluralize(toRetire.length, "API key")}?`;
  return formPage({
    ...props,
    section: "/admin/apiKeys",
    title: "Retire API keys",
    heading: Html.escapeHtml(question),
    intro: (
      <>
        {toRetire.length > 0 && (
          <p>
            Retiring is permanent: calls with these keys are refused at once. Anyone who still needs access will need a
            new key.
          </p>
        )}
        {inUse > 0 && (
          <Alert tone="warning">
            {Html.escapeHtml(`${pluralize(inUse, "key")} ${inUse === 1 ? "was" : "were"} used in the last 7 days.`)}{" "}
            Systems that use {inUse === 1 ? "it" : "them"} will lose access.
          </Alert>
        )}
        {retired.length > 0 && (
          <Alert tone="info">
            Already retired:{" "}
            {retired.map(({ id, name }, index) => (
              <>
                {index > 0 && ", "}
                <NameLink href={keyHref(id)} name={name} />
              </>
            ))}
            .
          </Alert>
        )}
        {toRetire.length > 0 && <Keys {...props} apiKeys={toRetire} />}
      </>
    ),
    action: retireHref(toRetire),
    fields: toRetire.length > 0 ? <ReasonField reason={props.reason} problems={problems} /> : null,
    button: `Retire ${pluralize(toRetire.length, "key")}`,
    isDangerous: true,
    cancel: { href: "/admin/apiKeys", label: "Keep keys" },
    after: toRetire.length === 0 && <LinkLine href="/admin/apiKeys" text="Go to API keys" />,
  });
}

const columns = ["API key", "Last used", "Programs"];

function Keys({ apiKeys, calls, page }: RetireApiKeysPageProps): JSX.Element {
  return (
    <DataTable caption="API keys to retire" columns={columns}>
      {apiKeys.map((apiKey) => (
        <Row columns={columns}>
          <div>
            <NameLink href={keyHref(apiKey.id)} name={apiKey.name} />
            <More>
              <Code text={apiKey.keyId} />
            </More>
            {apiKey.contactEmail !== null && (
              <More>
                <UserText text={apiKey.contactEmail} />
              </More>
            )}
          </div>
          <div>
            {describeLastUse(apiKey, page)}
            <More>{Html.escapeHtml(`${pluralize(countWeek(calls.get(apiKey.id) ?? []), "call")} in 7 days`)}</More>
          </div>
          <ProgramNames apiKey={apiKey} />
        </Row>
      ))}
    </DataTable>
  );
}
