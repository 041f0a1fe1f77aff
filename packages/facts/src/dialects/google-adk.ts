import type { Reader } from './column.ts';
import { messagesJson } from './messages.ts';
import { plainJson } from './openinference.ts';
import { count, fields, list, type Reading, sum, text } from './reading.ts';

/**
 * Google's Agent Development Kit (scope `gcp.vertex.agent`). Source: @google/adk 2.0 `telemetry/tracing`, google/adk-python.
 *
 * Its `gen_ai.system` is itself and no provider; Gemini's models are the ones it calls unless a model's name says otherwise.
 *
 * Tokens: it copies Gemini's counts. The prompt includes what came from the cache, and what a tool gave is beside it; candidates
 * exclude thoughts, which are added here when the answer is on the span (`gcp.vertex.agent.llm_response`).
 */
export const googleAdk: Reader = {
  columns: [
    { fact: 'runId', type: 'string', name: 'gcp.vertex.agent.invocation_id' },
    { fact: 'sessionId', type: 'string', name: 'gcp.vertex.agent.session_id' },
    { fact: 'workflow', type: 'string', name: 'adk.workflow.name' },
  ],
  spanNames: { call_llm: 'chat', invocation: '' },
  marks: ['gcp.vertex.agent.'],
  read,
};

function read(reading: Reading): void {
  const { facts, wire } = reading;
  if (facts.provider === 'gcp.vertex.agent') reading.say('provider', providerOf(facts.requestModel));
  if (wire.scopeName !== 'gcp.vertex.agent' && wire.name !== 'call_llm') return;
  const answer = fields(reading.peekJson('gcp.vertex.agent.llm_response'));
  const usage = fields(answer.usageMetadata ?? answer.usage_metadata);
  const of = (camel: string, snake: string) => count(usage[camel]) ?? count(usage[snake]);
  const thoughts = of('thoughtsTokenCount', 'thoughts_token_count');
  const candidates = of('candidatesTokenCount', 'candidates_token_count');
  const prompt = sum(
    of('promptTokenCount', 'prompt_token_count'),
    of('toolUsePromptTokenCount', 'tool_use_prompt_token_count'),
  );
  if (candidates !== undefined) reading.say('outputTokens', sum(candidates, thoughts));
  if (prompt !== undefined) reading.say('inputTokens', prompt);
  reading.offerUsage({
    cacheReadTokens: of('cachedContentTokenCount', 'cached_content_token_count'),
    reasoningTokens: thoughts,
  });
  if (facts.operation === 'execute_tool') {
    reading.offerFrom('toolArguments', 'gcp.vertex.agent.tool_call_args', plainJson);
    reading.offerFrom('toolResult', 'gcp.vertex.agent.tool_response', plainJson);
    return;
  }
  readRequest(reading);
  reading.offerFrom('outputMessages', 'gcp.vertex.agent.llm_response', (value) => {
    const { content, finishReason } = fields(value);
    return content === undefined ? undefined : messagesJson({ candidates: [{ content, finishReason }] }, 'assistant');
  });
}

function readRequest(reading: Reading): void {
  const { config } = fields(reading.peekJson('gcp.vertex.agent.llm_request'));
  const { systemInstruction, system_instruction, tools } = fields(config);
  const system = text(systemInstruction) ?? text(system_instruction);
  if (system !== undefined) reading.offer('systemInstructions', JSON.stringify([{ type: 'text', content: system }]));
  const declared = list(tools).flatMap((tool) =>
    list(fields(tool).functionDeclarations ?? fields(tool).function_declarations),
  );
  if (declared.length > 0) {
    const known = declared.map((tool) => {
      const { name, description, parameters, parametersJsonSchema } = fields(tool);
      return { type: 'function', name, description, parameters: parametersJsonSchema ?? parameters };
    });
    reading.offer('toolDefinitions', JSON.stringify(known));
  }
  reading.offerFrom('inputMessages', 'gcp.vertex.agent.llm_request', (value) =>
    messagesJson(fields(value).contents, 'user'),
  );
}

/** `claude-…` may run in it too, and LiteLLM's `openai/gpt-4o`. */
function providerOf(model: string | undefined): string | undefined {
  if (model === undefined || /^(models\/)?gemini/.test(model)) return 'gcp.gemini';
  if (model.startsWith('projects/')) return 'gcp.vertex_ai';
  const slash = model.indexOf('/');
  return slash > 0 ? model.slice(0, slash) : undefined;
}
