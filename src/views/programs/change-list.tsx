import { Html, type PropsWithChildren } from "@elysiajs/html";
import type { ProgramChanges } from "../../domain/programs/compare.ts";
import { Name } from "../parts/components.tsx";
import { pluralize } from "../parts/format.ts";

/** More of a kind are counted, not named: nobody reads on. */
const namedMax = 100;

/** What differs between two versions of a program: questions by their admin names. */
export function ProgramChangeList({ changes }: { changes: ProgramChanges }): JSX.Element {
  const { program, added, removed, changed } = changes;
  if (program.length + added.length + removed.length + changed.length === 0) {
    return (
      <p>
        No question differs. What changed lies elsewhere: screens, conditions, descriptions or
        translations.
      </p>
    );
  }
  return (
    <div class="civikey-changes">
      <Group title="Program" count={program.length}>
        {program.map((text) => (
          <li>
            <Name text={text} />
          </li>
        ))}
      </Group>
      <Names title="Added" names={added} />
      <Names title="Removed" names={removed} />
      <Group title="Changed" count={changed.length}>
        {changed.slice(0, namedMax).map(({ name, what }) => (
          <li>
            <Name text={name} />
            <p class="civikey-aside" dir="auto" safe>
              {what.join("; ")}
            </p>
          </li>
        ))}
      </Group>
    </div>
  );
}

function Names(props: { title: string; names: readonly string[] }): JSX.Element {
  return (
    <Group title={props.title} count={props.names.length}>
      {props.names.slice(0, namedMax).map((name) => (
        <li>
          <Name text={name} />
        </li>
      ))}
    </Group>
  );
}

function Group(props: PropsWithChildren<{ title: string; count: number }>): JSX.Element {
  const { title, count } = props;
  if (count === 0) return "";
  const heading = title === "Program" ? title : `${title}: ${pluralize(count, "question")}`;
  return (
    <section class="civikey-changes__group">
      <h3 class="civikey-changes__title" safe>
        {heading}
      </h3>
      <ul class="civikey-changes__list">
        {props.children}
        {count > namedMax && <li>{Html.escapeHtml(`and ${count - namedMax} more`)}</li>}
      </ul>
    </section>
  );
}
