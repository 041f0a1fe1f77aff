import type { Facts } from '@tallyspan/facts';
import { runOperation } from '../operation.ts';
import { add, fields, text } from '../read.ts';
import { warnOnce } from '../state.ts';
import {
  type Asked,
  askedIn,
  awsCredentials,
  type AwsCredentialOptions,
  type AwsCredentialProvider,
} from './aws-credentials.ts';

export interface AwsClientOptions<Config> extends AwsCredentialOptions {
  /** A provider of your own, or one that several clients share. Default: made of these options. */
  credentials?: AwsCredentialProvider;
  /** The rest of the client's own configuration: `{ endpoint, forcePathStyle }`. */
  config?: Partial<Config>;
}

/** What of a client of the AWS SDK v3 is used here. */
interface AwsClient {
  middlewareStack: { add(...middleware: never[]): unknown };
}

/** Refusals of credentials that have not expired: the role was changed, the session revoked. */
const REFUSED: ReadonlySet<unknown> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidToken',
  'UnrecognizedClientException',
]);

/**
 * A client of the AWS SDK for JavaScript v3 whose credentials come from {@link awsCredentials}. Each command is one `execute_tool` span
 * with service, region and the cache tier that its credentials came from. What commands are given and answer is never recorded, as
 * that is often data of others or a secret. Answers and errors are the SDK's own.
 *
 * @example
 * const s3 = awsClient(S3Client, { roleArn, token: async () => (await identity.jwtSvid('sts.amazonaws.com')).token, region: 'eu-central-1' });
 * await s3.send(new GetObjectCommand({ Bucket: 'reports', Key: 'q3.json' }));
 */
export function awsClient<Config extends object, Client extends object>(
  Client: new (config: Config) => Client,
  options: AwsClientOptions<Config> = {},
): Client {
  const { config, credentials, ...rest } = options;
  const region =
    options.region || text(fields(config).region) || process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION;
  const named: { service: string | undefined } = { service: rest.service };
  // What the credentials are for is known when the client is there, and they are asked for after that.
  const provider =
    credentials ??
    awsCredentials({
      ...rest,
      get service() {
        return named.service ?? 'aws';
      },
    });
  const client = new Client({ ...(region && { region }), credentials: provider, ...config } as unknown as Config);
  try {
    named.service ??= serviceOf(client);
    observeCommands(client as unknown as AwsClient, named.service, region, provider);
  } catch {
    warnOnce('aws-client', `${Client.name} has no middleware stack; its commands are not recorded`);
  }
  return client;
}

function serviceOf(client: object): string | undefined {
  const { serviceId } = fields(fields(client).config);
  return text(serviceId)?.toLowerCase().replaceAll(' ', '');
}

type Next = (args: unknown) => Promise<unknown>;

/** In front of everything that the SDK does for a command, its retries included: https://github.com/smithy-lang/smithy-typescript. */
function observeCommands(
  { middlewareStack }: AwsClient,
  service: string | undefined,
  region: string | undefined,
  provider: AwsCredentialProvider,
): void {
  const middleware = (next: Next, context: unknown) => (args: unknown) => {
    const command = text(fields(context).commandName)?.replace(/Command$/, '') ?? 'command';
    const facts: Facts = {
      operation: 'execute_tool',
      toolType: 'extension',
      toolName: `${service ?? 'aws'}.${command}`,
    };
    add<Facts>(facts, { toolService: service, region } as Partial<Facts>);
    const asked: Asked = {};
    const note = (_: unknown, known: Facts) => {
      if (asked.tier !== undefined) known.cacheTier = asked.tier;
    };
    return runOperation(facts, () => askedIn.run(asked, () => next(args)), {
      secret: true,
      answered: note,
      failed: (error, known) => {
        note(error, known);
        if (REFUSED.has(fields(error).name)) void provider.forget?.().catch(() => {});
      },
    });
  };
  middlewareStack.add(...([middleware, { step: 'initialize', priority: 'high', name: 'tallyspan' }] as never[]));
}
