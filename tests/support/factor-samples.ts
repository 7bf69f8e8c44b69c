/** The pages about second factors in every state that they have. */
import { Secret } from "../../src/lib/secrets/secret.ts";
import { confirmPage } from "../../src/views/account/confirm.tsx";
import { recoveryCodesPage } from "../../src/views/account/recovery-codes.tsx";
import { chooseFactorPage } from "../../src/views/account/second-factors.tsx";
import { secondStepPage } from "../../src/views/account/second-step.tsx";
import { setUpAppPage } from "../../src/views/account/set-up-app.tsx";
import { setUpPasskeyPage } from "../../src/views/account/set-up-passkey.tsx";
import type { PageContext } from "../../src/views/parts/layout.tsx";
import { passwordProof, sampleFactors, signOnProof, wholeProof } from "./view-samples.ts";

const person = "maria.gonzalez@seattle.example.gov";
const next = "/admin/apiKeys";
const back = { href: "/admin/account", name: "Account" };
const wrongRecoveryCode = { recoveryCode: ["Incorrect code."] };
const wrongCode = { code: ["Incorrect code."] };

/** Every sample page by name. */
export function renderFactorSamples(page: PageContext, signedOut: PageContext): Record<string, string> {
  const withoutNav = { ...page, nav: [] };
  const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  const address = new Secret(`otpauth://totp/CiviKey:${person}?issuer=CiviKey&secret=${secret}`);
  const setUp = { secret: new Secret(secret), address, sealed: "sealed" };
  const onlyPasskeys = { ...sampleFactors, app: null };
  const onlyApp = { ...sampleFactors, passkeys: [] };
  return {
    "second-step": secondStepPage({ page: signedOut, factors: sampleFactors, next, problems: {} }),
    "second-step-app": secondStepPage({ page: signedOut, factors: onlyApp, next, problems: wrongCode }),
    "second-step-passkey": secondStepPage({
      page: signedOut,
      factors: onlyPasskeys,
      next,
      problems: wrongRecoveryCode,
    }),
    "second-factor": chooseFactorPage({ page: withoutNav, isRequired: true, query: "" }),
    "second-factor-app": setUpAppPage({ back, page: withoutNav, setUp, replacesApp: false, query: "", problems: {} }),
    "second-factor-app-problems": setUpAppPage({
      back,
      page,
      setUp,
      replacesApp: true,
      query: "",
      problems: wrongCode,
    }),
    "second-factor-passkey": setUpPasskeyPage({ back, page, name: "Firefox on Windows", query: "", problems: {} }),
    "second-factor-passkey-problems": setUpPasskeyPage({
      ...{ page, back },
      name: "",
      query: "",
      problems: { name: ["Name cannot be blank."], passkey: ["This passkey was already added."] },
    }),
    "recovery-codes": recoveryCodesPage({
      page,
      codes: Array.from({ length: 10 }, (_, index) => new Secret(`k3jx-0vqm-8svt-yw2${index}`)),
      replaceOld: true,
      continueTo: next,
    }),
    confirm: confirmPage({ page, next, proof: wholeProof, problems: {} }),
    "confirm-sign-on": confirmPage({
      ...{ page, next, proof: signOnProof },
      problems: { signOn: ["Sign in again with City of Seattle, then send this form again."] },
    }),
    "confirm-problems": confirmPage({
      ...{ page, next, proof: passwordProof },
      problems: { currentPassword: ["Incorrect password."] },
    }),
  };
}
