/** Sends alerts as e-mail by SMTP. */
import { isEmailAddress } from "../../../lib/net/email-address.ts";
import { isLoopbackHost } from "../../../lib/net/public-addresses.ts";
import { AlertFailure, sendWithin } from "./failure.ts";

/** One plain e-mail to one person. */
interface AlertEmail {
  /** One address, without a name. */
  readonly to: string;
  /** One line. */
  readonly subject: string;
  readonly text: string;
  /** The part of the message id before the `@`. The same for every try, so that mail servers detect duplicates. */
  readonly id: string;
}

/** Sends e-mail. */
export interface EmailSender {
  /** Throws unless the server accepts it within a minute. */
  send(email: AlertEmail): Promise<void>;
  close(): void;
}

const timeoutMsDefault = 10_000;
const sendWithinMs = 60_000;

/**
 * Makes a sender for `smtp://` or `smtps://`, with optional credentials, which are never sent unencrypted
 * except to this machine. Replies go to `from`.
 */
export function createEmailSender(options: {
  smtpUrl: string;
  from: string;
  /** The timeout of each step, for tests; ten seconds by default. */
  timeoutMs?: number;
}): EmailSender {
  const { smtpUrl, from, timeoutMs = timeoutMsDefault } = options;
  const { hostname, username } = new URL(smtpUrl);
  // The library takes a tenth of a second to load, and most processes send nothing.
  const open = async () =>
    (await import("nodemailer")).createTransport({
      url: smtpUrl,
      requireTLS: username !== "" && !isLoopbackHost(hostname),
      dnsTimeout: timeoutMs,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
    });
  let transport: ReturnType<typeof open> | undefined;
  return {
    async send({ to, subject, text, id }) {
      if (!isEmailAddress(to)) throw new AlertFailure("not_an_address");
      transport ??= open();
      const sent = (await transport).sendMail({
        from: { name: "CiviKey", address: from },
        to: { name: "", address: to },
        subject: subject.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim(),
        text,
        messageId: `<${id}@${from.split("@")[1]}>`,
        // RFC 3834: no out-of-office replies.
        headers: { "Auto-Submitted": "auto-generated" },
      });
      await sendWithin(sendWithinMs, sent);
    },
    close: () => void transport?.then((opened) => opened.close()),
  };
}
