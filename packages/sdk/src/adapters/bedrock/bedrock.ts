import type { Adapter, AnyCall, Choice } from '../../adapter.ts';
import { fields } from '../../read.ts';
import { addressOf, commandName } from './aws.ts';
import { converse } from './converse.ts';
import { invokeModel } from './invoke-model.ts';

/** By what a command is called. All others (ListX, ApplyGuardrail, CountTokens) are no inference and pass. */
const commands: Readonly<Record<string, (args: readonly unknown[]) => AnyCall>> = {
  Converse: () => converse(false),
  ConverseStream: () => converse(true),
  InvokeModel: (args) => invokeModel(false, args),
  InvokeModelWithResponseStream: (args) => invokeModel(true, args),
};

const send: Choice = {
  choose(args) {
    const name = commandName(args[0], 'com.amazonaws.bedrockruntime');
    return name !== undefined && Object.hasOwn(commands, name) ? commands[name]!(args) : undefined;
  },
};

/** The `@aws-sdk/client-bedrock-runtime` package. Everything goes through `send`. */
export const bedrock: Adapter = {
  provider: () => 'aws.bedrock',
  baseUrl: addressOf,
  package: '@aws-sdk/client-bedrock-runtime',
  versions: '>=3',
  clients: ['BedrockRuntimeClient'],
  detect: (client) => isAwsClient(client, 'Bedrock Runtime'),
  calls: { send },
  helpers: ['converse', 'converseStream', 'invokeModel', 'invokeModelWithResponseStream'],
  derives: [],
  points: (module) => sendOf(module.BedrockRuntimeClient, send),
};

export function isAwsClient(client: object, serviceId: string): boolean {
  const { send: method, config } = fields(client);
  return typeof method === 'function' && fields(config).serviceId === serviceId;
}

/** All clients of AWS inherit `send` from one class; only this service's own shall be ours. */
export function* sendOf(Client: unknown, call: Choice) {
  if (typeof Client !== 'function') return;
  const holder = Client.prototype as { send?: unknown };
  if (typeof holder.send === 'function')
    yield { holder, method: 'send', call, clientOf: (self: unknown) => self as object };
}
