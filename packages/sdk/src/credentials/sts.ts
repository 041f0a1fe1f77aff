import { fields, number, text } from '../read.ts';
import { exchangeFailed, unanswered } from './failed.ts';
import { ask, type SecretAnswer } from './request.ts';

/** What AWS clients take as credentials. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiration: Date;
  accountId?: string;
}

export interface AssumeRoleRequest {
  endpoint: string;
  roleArn: string;
  roleSessionName: string;
  webIdentityToken: string;
  durationSeconds?: number | undefined;
  policy?: string | undefined;
  policyArns?: readonly string[] | undefined;
  timeoutMs?: number | undefined;
  fetch?: typeof fetch | undefined;
}

/**
 * STS `AssumeRoleWithWebIdentity` over the query API: one unsigned POST, so no AWS library is needed for it.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export async function assumeRole(request: AssumeRoleRequest, service: string): Promise<AwsCredentials> {
  const refusal = { provider: 'AWS STS', service };
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: request.roleArn,
    RoleSessionName: request.roleSessionName,
    WebIdentityToken: request.webIdentityToken,
  });
  if (request.durationSeconds !== undefined) body.set('DurationSeconds', String(request.durationSeconds));
  if (request.policy !== undefined) body.set('Policy', request.policy);
  request.policyArns?.forEach((arn, index) => body.set(`PolicyArns.member.${index + 1}.arn`, arn));
  let answer: SecretAnswer;
  try {
    answer = await ask({
      url: request.endpoint,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: body.toString(),
      timeoutMs: request.timeoutMs,
      fetch: request.fetch,
      isBusy: ({ status, text: xml }) => status === 429 || status >= 500 || BUSY.has(element(xml, 'Code') ?? ''),
    });
  } catch (error) {
    throw unanswered(error, { ...refusal, fix: 'Check the region, and that STS can be reached from here.' });
  }
  const { status, text: xml } = answer;
  if (status !== 200) {
    const code = element(xml, 'Code') ?? '';
    throw exchangeFailed({
      ...refusal,
      status,
      code: Object.hasOwn(CODES, code) ? code : undefined,
      fix: CODES[code] ?? LOOK,
    });
  }
  const credentials = awsCredentialsOf({
    accessKeyId: element(xml, 'AccessKeyId'),
    secretAccessKey: element(xml, 'SecretAccessKey'),
    sessionToken: element(xml, 'SessionToken'),
    expiration: element(xml, 'Expiration'),
    accountId: /^arn:[\w-]+:sts::(\d{12}):/.exec(element(xml, 'Arn') ?? '')?.[1],
  });
  if (!credentials) throw exchangeFailed({ ...refusal, reason: 'its answer has no credentials', fix: LOOK });
  return credentials;
}

/** Credentials out of whatever they were kept as: a `Date` is text after JSON. */
export function awsCredentialsOf(stored: unknown): AwsCredentials | undefined {
  const { accessKeyId, secretAccessKey, sessionToken, expiration, accountId } = fields(stored);
  const ends = new Date(expiration as string);
  if ([accessKeyId, secretAccessKey, sessionToken].some((each) => text(each) === undefined)) return undefined;
  if (number(ends.getTime()) === undefined) return undefined;
  return {
    accessKeyId: accessKeyId as string,
    secretAccessKey: secretAccessKey as string,
    sessionToken: sessionToken as string,
    expiration: ends,
    ...(typeof accountId === 'string' && { accountId }),
  };
}

/** Refusals that pass by themselves, some of them with status 400. */
const BUSY: ReadonlySet<string> = new Set([
  'Throttling',
  'ThrottlingException',
  'RequestLimitExceeded',
  'IDPCommunicationError',
  'ServiceUnavailable',
  'InternalFailure',
]);

const LOOK = 'CloudTrail has the event AssumeRoleWithWebIdentity with the cause.';
const TRUST = 'Check the trust policy of the role: the identity provider, and its conditions on "aud" and "sub".';

/** Codes that STS has for this call, and what helps. Others are not told: whoever answers there may put anything in their place. */
const CODES: Readonly<Record<string, string>> = {
  AccessDenied: TRUST,
  InvalidIdentityToken:
    'Check that the token has the audience that the identity provider in IAM expects, and that its keys can be fetched.',
  ExpiredTokenException:
    'The token provider gave a token that has expired: check the clock, and that it asks for a fresh one.',
  IDPRejectedClaim: 'The identity provider refused the token: check whether it was revoked.',
  IDPCommunicationError: 'AWS does not reach the identity provider: check its OIDC discovery document.',
  MalformedPolicyDocument: 'Check the session policy.',
  PackedPolicyTooLarge: 'Shorten the session policy.',
  RegionDisabledException: 'Activate STS in this region, or name another one.',
  ValidationError: 'Check the ARN of the role, the session name and the duration.',
  InvalidParameterValue: 'Check the ARN of the role, the session name and the duration.',
  Throttling: 'AWS limits how often it may be asked: share credentials between processes with a shared cache.',
  ThrottlingException: 'AWS limits how often it may be asked: share credentials between processes with a shared cache.',
  RequestLimitExceeded:
    'AWS limits how often it may be asked: share credentials between processes with a shared cache.',
  ServiceUnavailable: 'Try again later.',
  InternalFailure: 'Try again later.',
};

/** The text of the first element of this name. The answers of STS have no attributes or comments in between. */
function element(xml: string, name: string): string | undefined {
  const begin = xml.indexOf(`<${name}>`);
  const end = begin < 0 ? -1 : xml.indexOf(`</${name}>`, begin);
  return end < 0 ? undefined : unescapeXml(xml.slice(begin + name.length + 2, end).trim());
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(escaped: string): string {
  return escaped.replace(/&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-f]{1,6}));/gi, (whole, name, decimal, hex) => {
    if (name) return ENTITIES[String(name).toLowerCase()] ?? whole;
    const code = Number.parseInt(String(decimal ?? hex), decimal ? 10 : 16);
    return code <= 0x10_ff_ff ? String.fromCodePoint(code) : String(whole);
  });
}
