/** An authenticator without a browser: makes and shows one passkey (WebAuthn level 3), rightly or with a fault. */
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** What an answer says instead of the truth. */
export interface Fault {
  readonly origin?: string;
  readonly host?: string;
  readonly type?: string;
  readonly challenge?: string;
  /** Not present, or not checked who it is. */
  readonly flags?: number;
  readonly counter?: number;
  readonly signsOtherBytes?: boolean;
  readonly credentialId?: string;
}

/** Somebody is there (1), and the authenticator has checked who (4). */
const presentAndVerified = 0b101;
const hasCredential = 0b1000000;
const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest();
const base64url = (bytes: Uint8Array | string) => Buffer.from(bytes).toString("base64url");

/** Makes an authenticator for a site. */
export function createSoftAuthenticator(site: { origin: string; host: string }) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const id = randomBytes(16);
  let count = 0;

  const clientData = (type: string, options: object, fault: Fault) => {
    const challenge = fault.challenge ?? String(Reflect.get(options, "challenge"));
    const origin = fault.origin ?? site.origin;
    return Buffer.from(JSON.stringify({ type: fault.type ?? type, challenge, origin, crossOrigin: false }));
  };
  const head = (fault: Fault, flags: number) => {
    count += 1;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(fault.counter ?? count);
    return Buffer.concat([
      sha256(fault.host ?? site.host),
      Buffer.of((fault.flags ?? presentAndVerified) | flags),
      counter,
    ]);
  };
  const answer = (response: object, fault: Fault) => {
    const credentialId = fault.credentialId ?? base64url(id);
    const rest = { rawId: credentialId, type: "public-key", clientExtensionResults: {}, response };
    return JSON.stringify({ id: credentialId, ...rest });
  };

  return {
    /** The answer to a request for a new passkey. */
    make(options: object, fault: Fault = {}): string {
      const coordinate = (label: number, text: string) =>
        Buffer.concat([Buffer.of(label, 0x58, 32), Buffer.from(text, "base64url")]);
      // COSE: an EC2 key (1: 2) for ES256 (3: -7) on P-256 (-1: 1).
      const key = Buffer.concat([Buffer.of(0xa5, 1, 2, 3, 0x26, 0x20, 1), coordinate(0x21, x), coordinate(0x22, y)]);
      const data = Buffer.concat([head(fault, hasCredential), Buffer.alloc(16), Buffer.of(0, id.length), id, key]);
      const text = (value: string) => Buffer.concat([Buffer.of(0x60 + value.length), Buffer.from(value)]);
      const attestation = Buffer.concat([
        ...[Buffer.of(0xa3), text("fmt"), text("none"), text("attStmt"), Buffer.of(0xa0)],
        ...[text("authData"), Buffer.of(0x58, data.length), data],
      ]);
      const clientDataJSON = base64url(clientData("webauthn.create", options, fault));
      return answer({ clientDataJSON, attestationObject: base64url(attestation), transports: ["internal"] }, fault);
    },
    /** The answer to a request for this passkey. */
    show(options: object, fault: Fault = {}): string {
      const client = clientData("webauthn.get", options, fault);
      const data = head(fault, 0);
      const signed = Buffer.concat([data, sha256(fault.signsOtherBytes ? "other" : client)]);
      const signature = base64url(sign("sha256", signed, privateKey));
      return answer({ clientDataJSON: base64url(client), authenticatorData: base64url(data), signature }, fault);
    },
  };
}
