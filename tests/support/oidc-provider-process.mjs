/**
 * A real OpenID Connect provider (npm's oidc-provider) in a process of its own. It prints its port, waits for a line with
 * the origin of the client, and then serves. A person signs in by typing who they are: a JSON text with their claims.
 */
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

const server = createServer();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `http://localhost:${server.address().port}`;
console.log(issuer);
const [origin, secret] = JSON.parse(
  (await createInterface({ input: process.stdin })[Symbol.asyncIterator]().next()).value,
);

const people = new Map();
const page = (title, body) => `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1>${body}</html>`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "civikey",
      client_secret: secret,
      token_endpoint_auth_method: "client_secret_post",
      redirect_uris: [`${origin}/login/callback`],
      post_logout_redirect_uris: [`${origin}/login`],
    },
  ],
  // As most providers do it: groups in the ID token, the address at the user info.
  claims: { openid: ["sub", "groups"], email: ["email", "email_verified"], profile: ["name"] },
  cookies: { keys: [secret] },
  interactions: { url: (_, { uid }) => `/sign-in/${uid}` },
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource(ctx, form) {
        const button = '<button form="op.logoutForm" name="logout" value="yes">Sign out here, too</button>';
        ctx.body = page("Sign out", `${form}${button}`);
      },
    },
  },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...people.get(sub) }) }),
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope("openid email profile");
    await grant.save();
    return grant;
  },
});

const serve = provider.callback();
server.on("request", async (request, response) => {
  if (!request.url.startsWith("/sign-in/")) return serve(request, response);
  if (request.method === "GET") {
    response.setHeader("Content-Type", "text/html");
    response.end(
      page("City of Seattle", '<form method="post"><input name="person" aria-label="Who"><button>Go</button></form>'),
    );
    return;
  }
  let body = "";
  for await (const chunk of request) body += chunk;
  const { sub, ...claims } = JSON.parse(new URLSearchParams(body).get("person"));
  people.set(sub, claims);
  await provider.interactionFinished(request, response, { login: { accountId: sub } });
});
console.log("ready");
