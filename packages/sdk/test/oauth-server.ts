/** An OAuth 2.0 token endpoint on this machine: token exchange (RFC 8693) and client credentials (RFC 6749, RFC 7523). */
import { claimsOf, type LocalServer, type Reply, startLocal } from './local-server.ts';

export interface OauthServer extends LocalServer {
  tokenEndpoint: string;
  lifeSeconds: number | undefined;
  /** The tokens that it gives. */
  token: (count: number) => string;
  given: number;
}

export async function startOauth(): Promise<OauthServer> {
  const local = await startLocal(({ url, headers, body }) => {
    if (url.pathname !== '/oauth2/token') return json(404, {});
    const form = new URLSearchParams(body);
    const isAssertion = form.get('client_assertion_type') === 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    if (isAssertion && claimsOf(form.get('client_assertion') ?? '').aud === undefined)
      return oauthError(401, 'invalid_client', `The assertion ${form.get('client_assertion')} has no audience`);
    if (form.get('grant_type') === 'client_credentials') {
      if (!isAssertion && !headers.authorization?.startsWith('Basic '))
        return oauthError(401, 'invalid_client', 'Who are you?');
    } else if (form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:token-exchange') {
      if (!form.get('subject_token') || !form.get('subject_token_type'))
        return oauthError(400, 'invalid_request', 'subject_token and subject_token_type are needed');
      if (form.get('audience') === 'forbidden')
        return oauthError(400, 'invalid_target', `Not for ${form.get('subject_token')}`);
    } else return oauthError(400, 'unsupported_grant_type', '');
    return json(200, {
      access_token: server.token(++server.given),
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      ...(server.lifeSeconds !== undefined && { expires_in: server.lifeSeconds }),
      ...(form.get('scope') && { scope: form.get('scope') }),
    });
  });
  const server: OauthServer = Object.assign(local, {
    tokenEndpoint: `${local.url}/oauth2/token`,
    lifeSeconds: 3600,
    token: (count: number) => `oauth-access-${count}`,
    given: 0,
  });
  return server;
}

export function oauthError(status: number, error: string, description: string): Reply {
  return json(status, { error, error_description: description });
}

function json(status: number, body: unknown): Reply {
  return {
    status,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  };
}
