import { TallyError } from '@tallyspan/facts';
import { AsyncLocalStorage } from 'node:async_hooks';
import { readFile } from 'node:fs/promises';
import type { Tier } from '../cache/lookup.ts';
import type { TieredCache } from '../cache/tiered-cache.ts';
import { currentIdentity } from '../context.ts';
import { addSubject, credentialCache, keyOf, recordExchange, type TokenProvider, tokenOf } from './exchange.ts';
import { assumeRole, type AwsCredentials, awsCredentialsOf } from './sts.ts';

export interface AwsCredentialOptions {
  /** Default `AWS_ROLE_ARN`. */
  roleArn?: string;
  /**
   * The token of this workload that STS trusts: a JWT-SVID with the audience that the identity provider in IAM expects. Asked for at
   * each exchange. Default: the file that `AWS_WEB_IDENTITY_TOKEN_FILE` names.
   */
  token?: TokenProvider;
  /** Default `AWS_REGION`, then `AWS_DEFAULT_REGION`, then `us-east-1`. */
  region?: string;
  /** In CloudTrail and in the ARN of the session. Default `AWS_ROLE_SESSION_NAME`, else the agent around, else `tallyspan`. */
  roleSessionName?: string;
  /** 900 to 43,200. Default: 3,600, which is STS's own. */
  durationSeconds?: number;
  /** A session policy as JSON: what the role may do is narrowed to it. */
  policy?: string;
  policyArns?: readonly string[];
  /**
   * Names whose token it is, where one process has tokens of several: credentials are shared between calls that name the same.
   * Default: the tenant, agent and SPIFFE id around.
   */
  subject?: string | (() => string);
  /** What the credentials are for, on spans and metrics. Default `aws`. */
  service?: string;
  /** Where STS is. Default `AWS_ENDPOINT_URL_STS`, then `AWS_ENDPOINT_URL`, then that of the region. */
  stsEndpoint?: string;
  /** Default: one cache of this process. With a shared tier, credentials go there only encrypted. */
  cache?: TieredCache;
  /** Credentials are given out until so long before their end, in milliseconds. Default 10 minutes, but no more than half of their life. */
  marginMs?: number;
  /** For one exchange with all its tries, in milliseconds. Default 10,000. */
  timeoutMs?: number;
  fetch?: typeof fetch;
}

/** What every client of the AWS SDK for JavaScript v3 takes as `credentials`. */
export interface AwsCredentialProvider {
  (): Promise<AwsCredentials>;
  /** Tells the SDK that we keep them ourselves, and so are to be asked for each request. */
  readonly memoized: true;
  /** Forgets those in hand, when AWS refuses them although they have not expired. */
  forget(): Promise<void>;
}

/** Credentials of one command: the SDK asks for them several times, to sign it and to find its endpoint. */
export interface Asked {
  /** Who gave them: a token may itself be had with other credentials. */
  by?: unknown;
  credentials?: AwsCredentials;
  tier?: Tier;
}

/** The command in which we are. */
export const askedIn = new AsyncLocalStorage<Asked>();

/**
 * Credentials of a role, got by exchanging a token of this workload at STS (AssumeRoleWithWebIdentity): no key of AWS is stored
 * anywhere. An exchange is made, and recorded as one `credential_exchange` span, only when the cache has none. Rejects with
 * CREDENTIAL_EXCHANGE_FAILED, whose text has the status and the code of STS, with BAD_OPTION, and with what `token` throws.
 *
 * @example
 * const s3 = new S3Client({
 *   region: 'eu-central-1',
 *   credentials: awsCredentials({
 *     roleArn: 'arn:aws:iam::123456789012:role/analyst',
 *     token: async () => (await identity.jwtSvid('sts.amazonaws.com')).token,
 *     region: 'eu-central-1',
 *   }),
 * });
 */
export function awsCredentials(options: AwsCredentialOptions = {}): AwsCredentialProvider {
  const cache = options.cache ?? credentialCache();
  const provider = async (): Promise<AwsCredentials> => {
    const asked = askedIn.getStore();
    if (asked?.credentials && asked.by === provider) return { ...asked.credentials };
    const request = requestOf(options);
    const { value, tier } = await cache.lookup(request.key, () => exchange(options, request), {
      secret: true,
      expiresAt: ({ expiration }) => expiration,
      ...(options.marginMs !== undefined && { marginMs: options.marginMs }),
      revive: awsCredentialsOf,
    });
    if (asked) Object.assign(asked, { by: provider, credentials: value, tier });
    // Clients write on what they are given.
    return { ...value };
  };
  const forget = async () => cache.delete(requestOf(options).key);
  return Object.assign(provider, { memoized: true as const, forget });
}

interface Request {
  key: string;
  roleArn: string;
  region: string;
  roleSessionName: string;
  endpoint: string;
}

function requestOf(options: AwsCredentialOptions): Request {
  const { env } = process;
  const { tenant, agent, spiffeId } = currentIdentity();
  const roleArn = options.roleArn ?? env.AWS_ROLE_ARN;
  if (!roleArn) throw missing('roleArn', 'AWS_ROLE_ARN');
  const region = options.region || env.AWS_REGION || env.AWS_DEFAULT_REGION || 'us-east-1';
  const roleSessionName = options.roleSessionName || env.AWS_ROLE_SESSION_NAME || sessionName(agent);
  const endpoint = options.stsEndpoint || env.AWS_ENDPOINT_URL_STS || env.AWS_ENDPOINT_URL || endpointOf(region);
  const named = typeof options.subject === 'function' ? options.subject() : options.subject;
  const whose = named === undefined ? [tenant, agent, spiffeId] : ['subject', named];
  const { durationSeconds, policy, policyArns } = options;
  const narrowed = JSON.stringify([durationSeconds, policy, policyArns]);
  return {
    key: keyOf('aws', endpoint, roleArn, roleSessionName, narrowed, ...whose),
    roleArn,
    region,
    roleSessionName,
    endpoint,
  };
}

function exchange(options: AwsCredentialOptions, request: Request): Promise<AwsCredentials> {
  const { durationSeconds, policy, policyArns, timeoutMs, service = 'aws' } = options;
  const { region } = request;
  return recordExchange({ provider: 'aws_sts', service, region }, async (facts) => {
    const webIdentityToken = await tokenOf(options.token ?? tokenFromFile);
    addSubject(facts, webIdentityToken);
    const { fetch } = options;
    return assumeRole({ ...request, webIdentityToken, durationSeconds, policy, policyArns, timeoutMs, fetch }, service);
  });
}

async function tokenFromFile(): Promise<string> {
  const file = process.env.AWS_WEB_IDENTITY_TOKEN_FILE;
  if (!file) throw missing('token', 'AWS_WEB_IDENTITY_TOKEN_FILE');
  return (await readFile(file, 'utf8')).trim();
}

/** Letters, digits and a few signs, 2 to 64 of them: what STS takes. */
function sessionName(agent: string | undefined): string {
  const name = (agent ?? '').replace(/[^\w+=,.@-]+/g, '-').slice(0, 64);
  return name.length < 2 ? 'tallyspan' : name;
}

/** By the beginning of a region's name, where it is not amazonaws.com. */
const suffixes: readonly (readonly [string, string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['us-isof-', 'csp.hci.ic.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
  ['eusc-', 'amazonaws.eu'],
];

function endpointOf(region: string): string {
  // It becomes a part of the host to which the token goes.
  if (!/^[a-z]{2,5}(?:-[a-z]{2,12}){1,3}-\d{1,2}$/.test(region))
    throw new TallyError('BAD_OPTION', {
      option: 'region',
      value: JSON.stringify(region.slice(0, 100)),
      why: 'The token of the workload is sent to the STS of this region.',
      fix: 'Give it like eu-central-1.',
    });
  const suffix = suffixes.find(([start]) => region.startsWith(start))?.[1] ?? 'amazonaws.com';
  return `https://sts.${region}.${suffix}/`;
}

function missing(option: string, variable: string): TallyError {
  return new TallyError('BAD_OPTION', {
    option,
    value: 'missing',
    why: 'Credentials are given for a role, in exchange for a token of this workload.',
    fix: `Give it, or set ${variable}.`,
  });
}
