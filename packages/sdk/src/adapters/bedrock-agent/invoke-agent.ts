import { type AnyCall, call } from '../../adapter.ts';
import { fields, text } from '../../read.ts';
import { inputOf, metadataFacts } from '../bedrock/aws.ts';
import { type AgentResult, foldAgentEvent, innerCalls, totalOf } from './agent-trace.ts';

type Args = readonly [command: unknown, ...rest: unknown[]];

/**
 * One call of InvokeAgent or InvokeInlineAgent: an agent that runs at the provider. What its models used is known only with
 * `enableTrace`. The agent's span has the sum, and is billed nothing, as no agent's span is: each model call inside it has a span of
 * its own, with the model's name and price. So the tokens count once, and the cost is by model.
 * Source: Amazon Bedrock API reference, "InvokeAgent".
 */
export function invokeAgent(): AnyCall {
  // What the answer says beside its stream. The stream itself must not be held, or nobody would notice that it was dropped.
  let outer: unknown;
  return call<Args, AgentResult, unknown>({
    operation: 'invoke_agent',
    callback: true,

    asked(args) {
      const { agentId, agentAliasId, sessionId, foundationModel, agentName } = inputOf(args);
      return {
        agentId: text(agentId) ?? text(agentName),
        agentAliasId: text(agentAliasId),
        conversationId: text(sessionId),
        requestModel: text(foundationModel),
      };
    },
    answered: (result) => ({
      ...metadataFacts(outer ?? result),
      ...totalOf([...(result.steps?.values() ?? [])].flatMap(({ usages }) => usages)),
    }),
    refused: metadataFacts,
    inner: (result) => (result.steps === undefined ? [] : innerCalls(result)),

    stream(result) {
      const { completion, $metadata } = fields(result);
      outer = { $metadata };
      return completion;
    },
    fold: foldAgentEvent,

    content: {
      asked(args) {
        const said = text(inputOf(args).inputText);
        return said === undefined ? {} : { input: [{ role: 'user', parts: [{ type: 'text', content: said }] }] };
      },
      answered: ({ text: said, steps }) => {
        if (said === undefined) return {};
        const finish_reason = [...steps.values()].at(-1)?.reason ?? 'stop';
        return { output: [{ role: 'assistant', parts: [{ type: 'text', content: said }], finish_reason }] };
      },
    },
  });
}
