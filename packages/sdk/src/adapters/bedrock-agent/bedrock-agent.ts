import type { Adapter, AnyCall, Choice } from '../../adapter.ts';
import { addressOf, commandName } from '../bedrock/aws.ts';
import { isAwsClient, sendOf } from '../bedrock/bedrock.ts';
import { invokeAgent } from './invoke-agent.ts';
import { rerank, retrieve, retrieveAndGenerate } from './knowledge-base.ts';

/** By what a command is called. All others (sessions, flows, memories) are no inference and pass. */
const commands: Readonly<Record<string, () => AnyCall>> = {
  InvokeAgent: invokeAgent,
  InvokeInlineAgent: invokeAgent,
  Retrieve: retrieve,
  RetrieveAndGenerate: () => retrieveAndGenerate(false),
  RetrieveAndGenerateStream: () => retrieveAndGenerate(true),
  Rerank: rerank,
};

const send: Choice = {
  choose([command]) {
    const name = commandName(command, 'com.amazonaws.bedrockagentruntime');
    return name !== undefined && Object.hasOwn(commands, name) ? commands[name]!() : undefined;
  },
};

/** The `@aws-sdk/client-bedrock-agent-runtime` package. */
export const bedrockAgent: Adapter = {
  provider: () => 'aws.bedrock',
  baseUrl: addressOf,
  package: '@aws-sdk/client-bedrock-agent-runtime',
  versions: '>=3',
  clients: ['BedrockAgentRuntimeClient'],
  detect: (client) => isAwsClient(client, 'Bedrock Agent Runtime'),
  calls: { send },
  helpers: [
    'invokeAgent',
    'invokeInlineAgent',
    'retrieve',
    'retrieveAndGenerate',
    'retrieveAndGenerateStream',
    'rerank',
  ],
  derives: [],
  points: (module) => sendOf(module.BedrockAgentRuntimeClient, send),
};
