import { latestExpiration } from "../../domain/access/keys/fields.ts";
import { findApiKeyOfForm } from "../../domain/access/keys/find.ts";
import { findRotationObstacle, graces, rotateApiKey } from "../../domain/access/keys/rotate.ts";
import { fieldOf } from "../../http/page-guard/forms.ts";
import type { PageRoute } from "../../http/page-guard/routes.ts";
import { DomainError } from "../../lib/errors.ts";
import { rotateApiKeyPage } from "../../views/keys/rotate.tsx";
import { keyHref } from "../../views/parts/hrefs.ts";
import { formPages } from "../form-pages.ts";
import { onlyCode, type PageDeps, seeOther } from "../frame.ts";
import { respondWithCredentials } from "./credentials.ts";
import { getKeyOfPath } from "./key-of-path.ts";

const usualGrace = "24h";

/** The form that replaces a key, and its answer: the successor's credentials. */
export function rotateApiKeyPages(deps: PageDeps): PageRoute[] {
  const { db, rules, salts } = deps;
  return formPages(deps, "/admin/apiKeys/:id/rotate", "change keys", {
    open: (call) => getKeyOfPath(deps, call, call.params.id),
    read: (fields) => ({
      expiration: fieldOf(fields, "expiration"),
      grace: fieldOf(fields, "grace"),
      formToken: fieldOf(fields, "formToken"),
    }),
    start: () => ({ expiration: "", grace: usualGrace, formToken: crypto.randomUUID() }),
    draw(frame, apiKey, values) {
      const obstacle = findRotationObstacle(apiKey, rules);
      if (obstacle !== undefined) throw new DomainError("conflict", obstacle);
      const latest = latestExpiration(rules, frame.page.now) ?? null;
      return rotateApiKeyPage({ ...frame, apiKey, graces, values, latestExpiration: latest });
    },
    async act({ request, now, actor }, { id }, form) {
      const rotated = await rotateApiKey(db, { id, form, rules, salts, actor, now }).catch(onlyCode("conflict"));
      if (rotated instanceof DomainError) {
        // The page with the credentials was reloaded, unless another form rotated the key.
        const successor = await findApiKeyOfForm(db, { formToken: form.formToken, actor, now });
        if (successor === undefined) throw rotated;
        return seeOther(keyHref(successor.id, { created: "true" }));
      }
      const { successor, predecessor, credentials } = rotated;
      return respondWithCredentials(deps, request, { apiKey: successor, credentials, predecessor });
    },
  });
}
