import type { Reader } from './column.ts';

/**
 * Names that are understood although their senders have no dialect of their own: one fact, one attribute.
 *
 * Tokens: Mastra's counts are those of the AI SDK it is built on; its cached and audio tokens are parts of the totals.
 */
export const mastra: Reader = {
  columns: [
    { fact: 'cacheReadTokens', type: 'int', name: 'gen_ai.usage.cached_input_tokens' },
    { fact: 'inputAudioTokens', type: 'int', name: 'gen_ai.usage.audio_input_tokens' },
    { fact: 'outputAudioTokens', type: 'int', name: 'gen_ai.usage.audio_output_tokens' },
    { fact: 'toolArguments', type: 'json', name: 'gen_ai.tool.input' },
    { fact: 'toolResult', type: 'json', name: 'gen_ai.tool.output' },
  ],
  kinds: {
    attribute: 'mastra.span.type',
    operations: {
      agent_run: 'invoke_agent',
      llm_generation: 'chat',
      model_generation: 'chat',
      model_step: '',
      tool_call: 'execute_tool',
      mcp_tool_call: 'execute_tool',
      workflow_run: 'invoke_workflow',
      workflow_step: '',
    },
  },
};

/** Anthropic's own spans (scope `com.anthropic.sdk.typescript`) follow the conventions, but for these. */
export const anthropicSdk: Reader = {
  columns: [
    { fact: 'cacheWrite1hTokens', type: 'int', name: 'anthropic.usage.cache_creation.ephemeral_1h_input_tokens' },
    { fact: 'responseServiceTier', type: 'string', name: 'anthropic.response.service_tier' },
    { fact: 'finishReasons', type: 'strings', name: 'anthropic.message.stop_reason' },
  ],
};
