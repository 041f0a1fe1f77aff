/**
 * STS and S3 on this machine, as far as the tests go: the query API and the REST API with the XML that AWS answers. Signatures are not
 * computed anew; the access key and the session token in them are checked.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
import { type Asked, claimsOf, type LocalServer, type Reply, startLocal } from './local-server.ts';

export interface StsServer extends LocalServer {
  /** How long the credentials that it gives live. */
  lifeSeconds: number;
  /** Gives secrets of this form, so that a test can look for them. */
  secret: (kind: 'key' | 'token', count: number) => string;
  /** How often credentials were given. */
  given: number;
  /** What lies in the bucket, by path: `/reports/q3.json`. */
  objects: Map<string, string>;
  /** Refuses the credentials given so far, as after a revocation. */
  revoke(): void;
}

export async function startSts(): Promise<StsServer> {
  /** Access key → session token. */
  const valid = new Map<string, string>();
  const local = await startLocal((asked) =>
    asked.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ? sts(asked) : s3(asked),
  );
  const server: StsServer = Object.assign(local, {
    lifeSeconds: 3600,
    secret: (kind: 'key' | 'token', count: number) =>
      `${kind === 'key' ? 'wJalrXUtnFEMI/K7MDENG' : 'IQoJb3JpZ2luX2VjE'}+${count}==`,
    given: 0,
    objects: new Map<string, string>(),
    revoke: () => valid.clear(),
  });

  function sts(asked: Asked): Reply {
    const form = new URLSearchParams(asked.body);
    if (form.get('Action') === 'GetCallerIdentity') {
      if (!isSigned(asked))
        return stsError(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.');
      return callerIdentity;
    }
    const token = form.get('WebIdentityToken') ?? '';
    const { aud, exp, sub } = claimsOf(token);
    if (
      form.get('Version') !== '2011-06-15' ||
      !form.get('RoleArn') ||
      !/^[\w+=,.@-]{2,64}$/.test(form.get('RoleSessionName') ?? '')
    )
      return stsError(400, 'ValidationError', 'A parameter is missing or not valid.');
    if (aud !== 'sts.amazonaws.com')
      return stsError(400, 'InvalidIdentityToken', `Incorrect token audience in ${token}`);
    if (Number(exp) * 1000 < Date.now()) return stsError(400, 'ExpiredTokenException', `Token expired: ${token}`);
    const count = ++server.given;
    const id = `ASIAEXAMPLE${String(count).padStart(9, '0')}`;
    const session = server.secret('token', count);
    valid.set(id, session);
    const role = form.get('RoleArn')!.split('/').at(-1);
    return xml(
      200,
      `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <SubjectFromWebIdentityToken>${escaped(String(sub))}</SubjectFromWebIdentityToken>
    <Audience>sts.amazonaws.com</Audience>
    <AssumedRoleUser>
      <Arn>arn:aws:sts::123456789012:assumed-role/${role}/${form.get('RoleSessionName')}</Arn>
      <AssumedRoleId>AROACLKWSDQRAOEXAMPLE:${form.get('RoleSessionName')}</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <SessionToken>${escaped(session)}</SessionToken>
      <SecretAccessKey>${escaped(server.secret('key', count))}</SecretAccessKey>
      <Expiration>${new Date(Date.now() + server.lifeSeconds * 1000).toISOString().replace(/\.\d+/, '')}</Expiration>
      <AccessKeyId>${id}</AccessKeyId>
    </Credentials>
    <Provider>arn:aws:iam::123456789012:oidc-provider/spire.example.org</Provider>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>ad4156e9-bce1-11e2-82e6-6b6efEXAMPLE</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>`,
    );
  }

  function s3({ method, url, headers, body }: Asked): Reply {
    if (!isSigned({ headers }))
      return s3Error(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.');
    const path = url.pathname;
    if (method === 'PUT') {
      server.objects.set(path, body);
      return { status: 200, headers: { etag: '"d41d8cd98f00b204e9800998ecf8427e"' } };
    }
    const object = server.objects.get(path);
    return object === undefined
      ? s3Error(404, 'NoSuchKey', 'The specified key does not exist.')
      : { status: 200, body: object, headers: { 'content-type': 'application/json' } };
  }

  function isSigned({ headers }: Pick<Asked, 'headers'>): boolean {
    const id = /Credential=(\w+)\//.exec(headers.authorization ?? '')?.[1] ?? '';
    return valid.has(id) && valid.get(id) === headers['x-amz-security-token'];
  }

  return server;
}

const callerIdentity = xml(
  200,
  `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:sts::123456789012:assumed-role/analyst/analyst</Arn><UserId>AROACLKWSDQRAOEXAMPLE:analyst</UserId><Account>123456789012</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>`,
);

export function stsError(status: number, code: string, message: string): Reply {
  return xml(
    status,
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error><Type>${status < 500 ? 'Sender' : 'Receiver'}</Type><Code>${escaped(code)}</Code><Message>${escaped(message)}</Message></Error>
  <RequestId>4c1d5e2f-0000-4000-8000-EXAMPLE</RequestId>
</ErrorResponse>`,
  );
}

export function s3Error(status: number, code: string, message: string): Reply {
  return xml(
    status,
    `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>${code}</Code><Message>${escaped(message)}</Message><RequestId>4442587FB7D0A2F9</RequestId><HostId>EXAMPLE</HostId></Error>`,
  );
}

function xml(status: number, body: string): Reply {
  return { status, body, headers: { 'content-type': 'text/xml' } };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
