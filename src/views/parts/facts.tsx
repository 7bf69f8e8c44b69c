/** Names and their values. */
import type { PropsWithChildren } from "@elysiajs/html";
import { Code, Note, UserText } from "./text.tsx";

/** Facts in name and value pairs. */
export function Facts({ children, wide }: PropsWithChildren<{ wide?: boolean }>): JSX.Element {
  return <dl class={wide ? "civikey-facts civikey-facts--wide" : "civikey-facts"}>{children}</dl>;
}

/** More about a fact, below it or behind it. */
export function More({ children }: PropsWithChildren): JSX.Element {
  return <span class="civikey-facts__more civikey-quiet">{children}</span>;
}

/** One pair of `Facts`: the value is a text, a text that machines read too (`code`), or the children. */
export function Fact(props: PropsWithChildren<{ name: string; text?: string; code?: string }>): JSX.Element {
  const { name, text, code } = props;
  return (
    <div class="civikey-facts__pair">
      <dt class="civikey-facts__name" safe>
        {name}
      </dt>
      <dd>
        {text !== undefined && <UserText text={text} />}
        {code !== undefined && <Code text={code} />}
        {props.children}
      </dd>
    </div>
  );
}

/** The note of a key or an application, as a fact; nothing without one. */
export function NoteFact({ note }: { note: string | null }): JSX.Element {
  if (note === null) return "";
  return (
    <Fact name="Note">
      <Note text={note} />
    </Fact>
  );
}

/** Names and their texts, small. */
export function Pairs({ pairs }: { pairs: readonly (readonly [name: string, text: string])[] }): JSX.Element {
  return (
    <dl class="civikey-pairs">
      {pairs.map(([name, text]) => (
        <>
          <dt safe>{name}</dt>
          <dd class="civikey-break" dir="auto" safe>
            {text}
          </dd>
        </>
      ))}
    </dl>
  );
}
