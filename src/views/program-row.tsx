import { attribute, Badge, Name } from "./components.tsx";

/** A program, and which permissions on it can be checked here; null where one is not offered. */
export interface ProgramRowProps {
  readonly program: {
    readonly name: string;
    readonly slug: string;
    readonly isPublished?: boolean;
  };
  readonly read: boolean | null;
  readonly write: boolean | null;
}

/** Ids of the page that a slug could have too. All others hold an underscore or a capital, which no slug does. */
const takenIds = new Set(["expiration", "subnet", "note", "grants", "main", "busy", "announcer"]);

/**
 * One program in a form about an API key: a box to read its applications, and one to write. The
 * fields and the id of the first box are CiviForm's.
 */
export function ProgramRow({ program, read, write }: ProgramRowProps): JSX.Element {
  const { name, slug, isPublished = true } = program;
  return (
    <li class="civikey-program">
      <div class="civikey-program__name">
        {read === null ? (
          <span id={attribute(`label_${slug}`)}>
            <Name text={name} />
          </span>
        ) : (
          <ReadBox name={name} slug={slug} isChecked={read} />
        )}
        <p class="civikey-program__slug">
          <span safe>{slug}</span>{" "}
          {!isPublished && <Badge tone="neutral" text="Not published yet" />}
        </p>
      </div>
      {write !== null && <WriteBox slug={slug} isChecked={write} />}
    </li>
  );
}

function ReadBox(props: { name: string; slug: string; isChecked: boolean }): JSX.Element {
  const { slug } = props;
  const id = attribute(takenIds.has(slug) ? `program_${slug}` : slug);
  return (
    <div class="usa-checkbox">
      <input
        class="usa-checkbox__input"
        type="checkbox"
        id={id}
        name={attribute(`grant-program-read[${slug}]`)}
        value="true"
        checked={props.isChecked}
      />
      <label class="usa-checkbox__label" id={attribute(`label_${slug}`)} for={id}>
        <Name text={props.name} />
      </label>
    </div>
  );
}

function WriteBox({ slug, isChecked }: { slug: string; isChecked: boolean }): JSX.Element {
  const id = attribute(`write_${slug}`);
  return (
    <div class="usa-checkbox">
      <input
        class="usa-checkbox__input"
        type="checkbox"
        id={id}
        name={attribute(`grant-program-write[${slug}]`)}
        value="true"
        checked={isChecked}
        aria-describedby={attribute(`label_${slug}`)}
      />
      <label class="usa-checkbox__label" for={id}>
        Write
      </label>
    </div>
  );
}
