/** Warns people before their session ends, so that they can stay. */
import { Html } from "@elysiajs/html";
import { SubmitButton } from "./buttons.tsx";
import { pluralize } from "./format.ts";

/** The page of one's session, which also answers htmx with what there is to say. */
export const sessionPath = "/login/session";

/** So long before the end people are warned (WCAG 2.2.1 asks for 20 seconds). */
const warningSeconds = 120;
/** Longer, and timers of browsers go off at once. */
const waitSecondsMax = 86_400;

/** What is known about a session that has not ended. */
interface SessionLeft {
  readonly secondsLeft: number;
  /** Whether it lasts longer if the person does something. */
  readonly canStay: boolean;
}

/** Asks, when the warning is due, whether the session still ends: another tab may have made it last longer. */
export function SessionWatch({ secondsLeft }: { secondsLeft: number }): JSX.Element {
  return <div id="session" {...askIn(Math.max(secondsLeft - warningSeconds, 1))} />;
}

/** What replaces `SessionWatch` when it asks: another one, the warning, or that the session has ended (`null`). */
export function sessionFragment(left: SessionLeft | null): JSX.Element {
  if (left === null) return <EndedSession />;
  const isEarly = left.secondsLeft > warningSeconds;
  return isEarly ? <SessionWatch secondsLeft={left.secondsLeft} /> : <SessionWarning {...left} />;
}

function askIn(seconds: number) {
  return {
    "hx-get": sessionPath,
    "hx-trigger": `load delay:${Math.min(seconds, waitSecondsMax)}s`,
    "hx-swap": "outerHTML",
  };
}

/** Says how long there is, and offers to stay. */
function SessionWarning({ secondsLeft, canStay }: SessionLeft): JSX.Element {
  const time = secondsLeft < 60 ? "less than a minute" : pluralize(Math.round(secondsLeft / 60), "minute");
  return (
    <section id="session" class="civikey-session" role="alert" {...askIn(secondsLeft + 1)}>
      <div class="civikey-session__inner grid-container">
        <p>
          <strong safe>{`Your session ends in ${time}.`}</strong>{" "}
          {Html.escapeHtml(
            canStay ? "Do you want to stay signed in?" : `You will have to sign in again. ${nothingIsLost}`,
          )}
        </p>
        {canStay && (
          <form method="post" action={sessionPath} hx-post={sessionPath} hx-target="#session" hx-swap="outerHTML">
            <SubmitButton text="Stay signed in" />
          </form>
        )}
      </div>
    </section>
  );
}

const nothingIsLost = "A form that you send afterwards comes back with what you typed.";

function EndedSession(): JSX.Element {
  return (
    <section id="session" class="civikey-session" role="alert">
      <div class="civikey-session__inner grid-container">
        <p>
          <strong>Your session has ended.</strong> {nothingIsLost}
        </p>
        <a class="usa-button" href="/login" target="_blank" rel="noopener">
          Sign in (new tab)
        </a>
      </div>
    </section>
  );
}
