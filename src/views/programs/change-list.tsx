import { Html, type PropsWithChildren } from "@elysiajs/html";
import type { ProgramChanges } from "../../domain/programs/compare.ts";
import { pluralize } from "../parts/format.ts";
import { UserText } from "../parts/text.tsx";

/** Longer groups end with a count of the rest. */
const namedMax = 100;

/** What differs between two versions of a program, questions by their admin names. */
export function ProgramChangeList({ changes }: { changes: ProgramChanges }): JSX.Element {
  const { program, added, removed, changed } = changes;
  if (program.length + added.length + removed.length + changed.length === 0) {
    return (
      <p>No questions changed. The changes are elsewhere: in screens, conditions, descriptions or translations.</p>
    );
  }
  return (
    <div class="civikey-changes">
      <Group title="Program" count={program.length}>
        <Names names={program} />
      </Group>
      <Group title={`${pluralize(added.length, "question")} added`} count={added.length}>
        <Names names={added} />
      </Group>
      <Group title={`${pluralize(removed.length, "question")} removed`} count={removed.length}>
        <Names names={removed} />
      </Group>
      <Group title={`${pluralize(changed.length, "question")} changed`} count={changed.length}>
        {changed.slice(0, namedMax).map(({ name, what }) => (
          <li>
            <UserText text={name} />
            <p class="civikey-aside" dir="auto" safe>
              {what.join("; ")}
            </p>
          </li>
        ))}
      </Group>
    </div>
  );
}

function Names({ names }: { names: readonly string[] }): JSX.Element {
  return (
    <>
      {names.slice(0, namedMax).map((name) => (
        <li>
          <UserText text={name} />
        </li>
      ))}
    </>
  );
}

function Group(props: PropsWithChildren<{ title: string; count: number }>): JSX.Element {
  const { title, count } = props;
  if (count === 0) return "";
  return (
    <section class="civikey-changes__group">
      <h3 class="civikey-changes__title" safe>
        {title}
      </h3>
      <ul class="civikey-changes__list">
        {props.children}
        {count > namedMax && <li>{Html.escapeHtml(`and ${count - namedMax} more`)}</li>}
      </ul>
    </section>
  );
}
