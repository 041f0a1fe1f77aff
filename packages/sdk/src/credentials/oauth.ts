import type { TieredCache } from '../cache/tiered-cache.ts';
import { fields, list, number, text } from '../read.ts';
import { addSubject, credentialCache, keyOf, recordExchange, type TokenProvider, tokenOf } from './exchange.ts';
import { exchangeFailed, unanswered } from './failed.ts';
import { ask, type SecretAnswer } from './request.ts';

/** What an authorization server gave. */
export interface AccessToken {
  accessToken: string;
  /** `Bearer`, mostly. */
  tokenType: string;
  /** Unix milliseconds; absent when the server does not say. */
  expiresAt?: number;
  scope?: string;
  /** `urn:ietf:params:oauth:token-type:access_token`, for example (RFC 8693, section 3). */
  issuedTokenType?: string;
}

/** Where tokens come from. The newest one is given out until shortly before its end. */
export interface TokenSource {
  (): Promise<AccessToken>;
  /** `Bearer …`: the value of an `Authorization` header. */
  authorization(): Promise<string>;
  /** Forgets the token in hand, when a resource refuses it although it has not expired. */
  forget(): Promise<void>;
}

/** Who asks (RFC 6749, section 2.3). All of it is optional: an exchange may be allowed by the subject token alone. */
export interface ClientAuthentication {
  clientId?: string;
  /** Sent as HTTP Basic. */
  clientSecret?: TokenProvider;
  /** A JWT that proves who the client is, such as a JWT-SVID (RFC 7523, section 2.2). Goes before `clientSecret`. */
  clientAssertion?: TokenProvider;
  /** Default `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`. */
  clientAssertionType?: string;
}

export interface TokenEndpointOptions extends ClientAuthentication {
  /** The token endpoint: `https://auth.example.com/oauth2/token`. */
  tokenEndpoint: string;
  /** The logical name of what the token is for. */
  audience?: string | readonly string[];
  /** The URI of what it is for (RFC 8707). */
  resource?: string | readonly string[];
  scope?: string | readonly string[];
  /** On spans and metrics: what the token is for. Default: the audience, else the resource, without query; else the server's host. */
  service?: string;
  /** Default: one cache of this process. With a shared tier, tokens go there only encrypted. */
  cache?: TieredCache;
  /** A token is given out until so long before its end, in milliseconds. Default 10 minutes, but no more than half of its life. */
  marginMs?: number;
  /** For one exchange with all its tries, in milliseconds. Default 10,000. */
  timeoutMs?: number;
  fetch?: typeof fetch;
}

export interface ExchangeTokenOptions extends TokenEndpointOptions {
  /** Whose token is exchanged: a JWT-SVID, the access token of the user that the agent works for. */
  subjectToken: TokenProvider;
  /** Default `urn:ietf:params:oauth:token-type:jwt`. */
  subjectTokenType?: string;
  /** Who acts for the subject. */
  actorToken?: TokenProvider;
  /** Default `urn:ietf:params:oauth:token-type:jwt`. */
  actorTokenType?: string;
  requestedTokenType?: string;
  /**
   * Names whose subject token it is: all tokens of one subject then share what was exchanged. Only where the application has verified
   * the token. Default: each subject token is exchanged for itself, so that nobody gets another's by claiming to be them.
   */
  subject?: string | (() => string);
}

const JWT = 'urn:ietf:params:oauth:token-type:jwt';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const BEARER_ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Exchanges one token for another (OAuth 2.0 Token Exchange, RFC 8693). Only when the cache has none: that is one
 * `credential_exchange` span. Rejects with CREDENTIAL_EXCHANGE_FAILED, whose text has the status and the OAuth error code, and with
 * what the token providers throw. No token is in any span, error or log of ours.
 *
 * @example
 * const token = exchangeToken({
 *   tokenEndpoint: 'https://auth.example.com/oauth2/token',
 *   subjectToken: async () => (await identity.jwtSvid('https://auth.example.com')).token,
 *   audience: 'https://api.example.com',
 * });
 * await fetch('https://api.example.com/orders', { headers: { authorization: await token.authorization() } });
 */
export function exchangeToken(options: ExchangeTokenOptions): TokenSource {
  const { subjectToken, subjectTokenType = JWT, actorToken, actorTokenType = JWT, requestedTokenType } = options;
  const fixed = { requested_token_type: requestedTokenType };
  return tokenSource(options, async () => {
    const subject = await tokenOf(subjectToken);
    const actor = actorToken === undefined ? undefined : await tokenOf(actorToken);
    const whose = typeof options.subject === 'function' ? options.subject() : options.subject;
    return {
      about: subject,
      key: ['exchange', whose ?? subject, whose === undefined ? 'token' : 'subject', actor, requestedTokenType],
      form: {
        grant_type: EXCHANGE,
        subject_token: subject,
        subject_token_type: subjectTokenType,
        ...(actor !== undefined && { actor_token: actor, actor_token_type: actorTokenType }),
        ...fixed,
      },
    };
  });
}

/**
 * A token for the application itself (OAuth 2.0 client credentials, RFC 6749 section 4.4), proven by a JWT such as a JWT-SVID
 * (RFC 7523) or a secret. Cached and recorded like {@link exchangeToken}.
 *
 * @example
 * const token = clientCredentials({
 *   tokenEndpoint: 'https://auth.example.com/oauth2/token',
 *   clientId: 'analyst',
 *   clientAssertion: async () => (await identity.jwtSvid('https://auth.example.com')).token,
 *   scope: ['orders:read'],
 * });
 */
export function clientCredentials(options: TokenEndpointOptions & { clientId: string }): TokenSource {
  return tokenSource(options, async () => ({
    about: undefined,
    // A program that has the wrong secret for a client must not get the client's token.
    key: ['client', typeof options.clientSecret === 'string' ? options.clientSecret : undefined],
    form: { grant_type: 'client_credentials' },
  }));
}

interface Grant {
  /** The token that says whom the new one is about. */
  about: string | undefined;
  key: readonly (string | undefined)[];
  form: Record<string, string | undefined>;
}

function tokenSource(options: TokenEndpointOptions, grantOf: () => Promise<Grant>): TokenSource {
  const { tokenEndpoint, clientId, audience, resource, scope, marginMs } = options;
  const cache = options.cache ?? credentialCache();
  const wanted = { audience: texts(audience), resource: texts(resource), scope: texts(scope).join(' ') };
  const nameOf = ({ key }: Grant) => keyOf(tokenEndpoint, clientId, JSON.stringify(wanted), ...key);
  const source = async () => {
    const grant = await grantOf();
    return cache.get(nameOf(grant), () => exchange(options, wanted, grant), {
      secret: true,
      expiresAt: ({ expiresAt }) => expiresAt,
      ...(marginMs !== undefined && { marginMs }),
      revive: accessTokenOf,
    });
  };
  return Object.assign(source, {
    authorization: async () => {
      const { tokenType, accessToken } = await source();
      return `${/^bearer$/i.test(tokenType) ? 'Bearer' : tokenType} ${accessToken}`;
    },
    forget: async () => cache.delete(nameOf(await grantOf())),
  });
}

interface Wanted {
  audience: readonly string[];
  resource: readonly string[];
  scope: string;
}

function exchange(options: TokenEndpointOptions, wanted: Wanted, { about, form }: Grant): Promise<AccessToken> {
  const service = options.service ?? serviceOf(wanted, options.tokenEndpoint);
  return recordExchange({ provider: 'oauth', service }, async (facts) => {
    if (about !== undefined) addSubject(facts, about);
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries(form)) if (value !== undefined) body.set(name, value);
    for (const each of wanted.audience) body.append('audience', each);
    for (const each of wanted.resource) body.append('resource', each);
    if (wanted.scope) body.set('scope', wanted.scope);
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      ...(await authenticate(options, body, facts)),
    };
    const refusal = { provider: hostOf(options.tokenEndpoint), service };
    let answer: SecretAnswer;
    try {
      answer = await ask({
        url: options.tokenEndpoint,
        headers,
        body: body.toString(),
        timeoutMs: options.timeoutMs,
        fetch: options.fetch,
      });
    } catch (error) {
      throw unanswered(error, { ...refusal, fix: 'Check that the token endpoint can be reached from here.' });
    }
    return tokenFrom(answer, refusal);
  });
}

/** Who asks: in the form or in a header. Both parts of Basic are encoded as in a form (RFC 6749, section 2.3.1). */
async function authenticate(
  { clientId, clientSecret, clientAssertion, clientAssertionType = BEARER_ASSERTION }: ClientAuthentication,
  body: URLSearchParams,
  facts: Parameters<typeof addSubject>[0],
): Promise<Record<string, string>> {
  if (clientAssertion !== undefined) {
    const assertion = await tokenOf(clientAssertion);
    addSubject(facts, assertion);
    body.set('client_assertion', assertion);
    body.set('client_assertion_type', clientAssertionType);
  } else if (clientId !== undefined && clientSecret !== undefined) {
    const pair = [clientId, await tokenOf(clientSecret)].map((part) =>
      new URLSearchParams({ part }).toString().slice(5),
    );
    return { authorization: `Basic ${Buffer.from(pair.join(':')).toString('base64')}` };
  }
  if (clientId !== undefined) body.set('client_id', clientId);
  return {};
}

/** Codes of RFC 6749, 8693, 8707 and 6750. Others are not told: a server may put anything there. */
const CODES: ReadonlySet<unknown> = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'invalid_scope',
  'invalid_target',
  'invalid_token',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_token_type',
  'access_denied',
  'server_error',
  'temporarily_unavailable',
]);

function tokenFrom({ status, text: body }: SecretAnswer, refusal: { provider: string; service: string }): AccessToken {
  const fix = 'Check client, audience, resource and scope; the log of the authorization server says more.';
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    // Told below.
  }
  const { error } = fields(answer);
  if (status !== 200)
    throw exchangeFailed({ ...refusal, status, code: CODES.has(error) ? String(error) : undefined, fix });
  const { access_token, token_type, expires_in, scope, issued_token_type } = fields(answer);
  const seconds = number(typeof expires_in === 'string' ? Number(expires_in) : expires_in);
  const token = accessTokenOf({
    accessToken: access_token,
    tokenType: token_type ?? 'Bearer',
    scope,
    issuedTokenType: issued_token_type,
    expiresAt: seconds === undefined ? undefined : Date.now() + seconds * 1000,
  });
  if (!token) throw exchangeFailed({ ...refusal, reason: 'its answer has no access_token', fix });
  return token;
}

/** A token out of whatever it was kept as. */
function accessTokenOf(stored: unknown): AccessToken | undefined {
  const { accessToken, tokenType, expiresAt, scope, issuedTokenType } = fields(stored);
  if (text(accessToken) === undefined || text(tokenType) === undefined) return undefined;
  const token: AccessToken = { accessToken: accessToken as string, tokenType: tokenType as string };
  if (number(expiresAt) !== undefined) token.expiresAt = expiresAt as number;
  if (text(scope) !== undefined) token.scope = scope as string;
  if (text(issuedTokenType) !== undefined) token.issuedTokenType = issuedTokenType as string;
  return token;
}

function texts(given: string | readonly string[] | undefined): readonly string[] {
  return typeof given === 'string' ? [given] : (list(given) as readonly string[]);
}

function serviceOf({ audience, resource }: Wanted, tokenEndpoint: string): string {
  const named = audience[0] ?? resource[0];
  if (named === undefined) return hostOf(tokenEndpoint);
  try {
    const { origin, pathname } = new URL(named);
    return origin === 'null' ? named : origin + (pathname === '/' ? '' : pathname);
  } catch {
    return named;
  }
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return 'the token endpoint';
  }
}
