/** `@tallyspan/sdk/credentials/aws`: AWS clients whose credentials come from the identity of this workload. */
export { awsClient, type AwsClientOptions } from './aws-client.ts';
export { awsCredentials, type AwsCredentialOptions, type AwsCredentialProvider } from './aws-credentials.ts';
export type { AwsCredentials } from './sts.ts';
