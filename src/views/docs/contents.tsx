import { attribute } from "../parts/text.tsx";

/** The table of contents of a page, which stays in sight. */
export function Contents(props: { links: readonly (readonly [href: string, text: string])[] }): JSX.Element {
  return (
    <nav aria-label="On this page">
      <ul class="civikey-contents">
        {props.links.map(([href, text]) => (
          <li>
            <a href={attribute(href)} safe>
              {text}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
