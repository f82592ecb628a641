// A real OpenID Connect provider for the tests. It reads its settings as one line of JSON from standard input, prints
// the issuer as its first line, and ends with its standard input. Each later line of JSON is a command, executed
// before it prints "done".
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import Provider from 'oidc-provider';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const next = async () => {
  const { value, done } = await lines.next();
  return done ? undefined : JSON.parse(value);
};

// Any name signs in, with any password; the tests set the claims of each.
let people = {};
let handle;

const server = createServer((request, response) => handle(request, response));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const settings = await next();
people = settings.people ?? {};
start();
console.log(issuer);

for (let told = await next(); told !== undefined; told = await next()) {
  if (told.people) people = told.people;
  // Codes and sessions outlive it: they lie in the module's memory.
  if (told.rotate) start();
  console.log('done');
}
process.exit(0);

function start() {
  const { privateKey } = generateKeyPairSync(settings.curve ? 'ec' : 'rsa', {
    modulusLength: 2048,
    namedCurve: settings.curve,
  });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: settings.client_id,
        ...(settings.client_secret
          ? { client_secret: settings.client_secret, token_endpoint_auth_method: settings.auth_method }
          : { token_endpoint_auth_method: 'none' }),
        redirect_uris: [settings.redirect_uri],
        post_logout_redirect_uris: [settings.post_logout_redirect_uri],
        id_token_signed_response_alg: settings.curve ? 'ES256' : 'RS256',
      },
    ],
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    // In the ID token too, or only behind the access token, as the standard has it.
    conformIdTokenClaims: !settings.claims_in_token,
    cookies: { keys: ['a key of the tests'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig' }] },
    // Skips the consent page.
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope('openid profile email groups');
      await grant.save();
      return grant;
    },
    pkce: { required: () => true },
    scopes: ['openid', 'profile', 'email', 'groups'],
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 3600, Grant: 3600 },
  });
  // Its pages would fetch a font from elsewhere.
  provider.use(async (ctx, next) => {
    await next();
    if (typeof ctx.body === 'string') ctx.body = ctx.body.replace(/@import url\([^)]*\);/g, '');
  });
  handle = provider.callback();
}
