import type { Facts } from '../facts.ts';
import type { Column, Dialect, Semconv } from './column.ts';

/**
 * The OpenTelemetry GenAI conventions, and our own `tally.` names for what they lack.
 * Source: open-telemetry/semantic-conventions v1.41.1 `docs/gen-ai/` for '1.41' and '1.36' names,
 * open-telemetry/semantic-conventions-genai (trunk, autumn 2026) for 'latest'.
 */
const columns: readonly Column[] = [
  // asked
  { fact: 'operation', type: 'string', name: 'gen_ai.operation.name' },
  {
    fact: 'provider',
    type: 'string',
    name: { '1.36': 'gen_ai.system', '1.41': 'gen_ai.provider.name', latest: 'gen_ai.provider.name' },
  },
  { fact: 'requestModel', type: 'string', name: 'gen_ai.request.model' },
  { fact: 'stream', type: 'bool', name: 'gen_ai.request.stream' },
  { fact: 'maxTokens', type: 'int', name: 'gen_ai.request.max_tokens' },
  { fact: 'temperature', type: 'double', name: 'gen_ai.request.temperature' },
  { fact: 'topP', type: 'double', name: 'gen_ai.request.top_p' },
  { fact: 'topK', type: 'int', name: 'gen_ai.request.top_k' },
  { fact: 'frequencyPenalty', type: 'double', name: 'gen_ai.request.frequency_penalty' },
  { fact: 'presencePenalty', type: 'double', name: 'gen_ai.request.presence_penalty' },
  { fact: 'seed', type: 'int', name: 'gen_ai.request.seed', also: ['gen_ai.openai.request.seed'] },
  { fact: 'choiceCount', type: 'int', name: 'gen_ai.request.choice.count' },
  { fact: 'stopSequences', type: 'strings', name: 'gen_ai.request.stop_sequences' },
  { fact: 'encodingFormats', type: 'strings', name: 'gen_ai.request.encoding_formats' },
  { fact: 'embeddingDimensions', type: 'int', name: 'gen_ai.embeddings.dimension.count' },
  { fact: 'outputType', type: 'string', name: 'gen_ai.output.type', also: ['gen_ai.openai.request.response_format'] },
  { fact: 'reasoningLevel', type: 'string', name: 'gen_ai.request.reasoning.level' },
  {
    fact: 'requestServiceTier',
    type: 'string',
    name: {
      '1.36': 'gen_ai.openai.request.service_tier',
      '1.41': 'openai.request.service_tier',
      latest: 'openai.request.service_tier',
    },
    when: isOpenai,
  },
  { fact: 'requestServiceTier', type: 'string', name: 'tally.request.service_tier', when: (facts) => !isOpenai(facts) },
  { fact: 'apiType', type: 'string', name: 'openai.api.type' },
  { fact: 'previousResponseId', type: 'string', name: 'gen_ai.request.previous_response.id' },
  { fact: 'conversationId', type: 'string', name: 'gen_ai.conversation.id' },
  { fact: 'serverAddress', type: 'string', name: 'server.address' },
  { fact: 'serverPort', type: 'int', name: 'server.port' },
  { fact: 'documentCount', type: 'int', name: 'tally.rerank.documents' },
  { fact: 'topN', type: 'int', name: 'tally.rerank.top_n' },
  { fact: 'imageCount', type: 'int', name: 'tally.request.images' },
  { fact: 'agentId', type: 'string', name: 'gen_ai.agent.id' },
  { fact: 'agentAliasId', type: 'string', name: 'tally.agent.alias_id', also: ['gen_ai.bedrock.agent_alias.id'] },
  { fact: 'comparisonGroup', type: 'string', name: 'tally.comparison.group' },

  // answered
  { fact: 'responseModel', type: 'string', name: 'gen_ai.response.model' },
  { fact: 'responseId', type: 'string', name: 'gen_ai.response.id' },
  { fact: 'finishReasons', type: 'strings', name: 'gen_ai.response.finish_reasons' },
  { fact: 'responseStatus', type: 'string', name: 'gen_ai.response.status' },
  { fact: 'requestId', type: 'string', name: 'tally.request.id' },
  { fact: 'rateLimitRequestsLeft', type: 'int', name: 'tally.rate_limit.requests_left' },
  { fact: 'rateLimitTokensLeft', type: 'int', name: 'tally.rate_limit.tokens_left' },
  { fact: 'retryCount', type: 'int', name: 'http.request.resend_count' },
  { fact: 'fallbackCount', type: 'int', name: 'tally.gateway.fallbacks' },
  { fact: 'gateway', type: 'string', name: 'tally.gateway.name' },
  { fact: 'gatewayCallId', type: 'string', name: 'tally.gateway.call_id' },
  { fact: 'gatewayModelId', type: 'string', name: 'tally.gateway.model_id' },
  { fact: 'gatewayModelGroup', type: 'string', name: 'tally.gateway.model_group' },
  { fact: 'gatewayApiBase', type: 'string', name: 'tally.gateway.api_base' },
  { fact: 'searchUnits', type: 'int', name: 'tally.usage.search_units' },
  { fact: 'webSearchRequests', type: 'int', name: 'tally.usage.web_searches' },
  { fact: 'outputImageCount', type: 'int', name: 'tally.usage.images' },
  { fact: 'inputCharacters', type: 'int', name: 'tally.usage.input_characters' },
  { fact: 'audioSeconds', type: 'double', name: 'tally.usage.audio_seconds' },
  { fact: 'modelLoadSeconds', type: 'double', name: 'tally.server.model_load_seconds' },
  { fact: 'promptSeconds', type: 'double', name: 'tally.server.prompt_seconds' },
  { fact: 'generationSeconds', type: 'double', name: 'tally.server.generation_seconds' },
  {
    fact: 'responseServiceTier',
    type: 'string',
    name: {
      '1.36': 'gen_ai.openai.response.service_tier',
      '1.41': 'openai.response.service_tier',
      latest: 'openai.response.service_tier',
    },
    when: isOpenai,
  },
  {
    fact: 'responseServiceTier',
    type: 'string',
    name: 'tally.response.service_tier',
    when: (facts) => !isOpenai(facts),
  },
  {
    fact: 'systemFingerprint',
    type: 'string',
    name: {
      '1.36': 'gen_ai.openai.response.system_fingerprint',
      '1.41': 'openai.response.system_fingerprint',
      latest: 'openai.response.system_fingerprint',
    },
  },
  { fact: 'inputTokens', type: 'int', name: 'gen_ai.usage.input_tokens', also: ['gen_ai.usage.prompt_tokens'] },
  { fact: 'outputTokens', type: 'int', name: 'gen_ai.usage.output_tokens', also: ['gen_ai.usage.completion_tokens'] },
  { fact: 'cacheReadTokens', type: 'int', name: 'gen_ai.usage.cache_read.input_tokens' },
  {
    fact: 'cacheWriteTokens',
    type: 'int',
    name: {
      '1.36': 'gen_ai.usage.cache_creation.input_tokens',
      '1.41': 'gen_ai.usage.cache_creation.input_tokens',
      latest: 'gen_ai.usage.cache_write.input_tokens',
    },
  },
  { fact: 'cacheWrite1hTokens', type: 'int', name: 'tally.usage.cache_write_1h.input_tokens' },
  { fact: 'reasoningTokens', type: 'int', name: 'gen_ai.usage.reasoning.output_tokens' },
  { fact: 'inputAudioTokens', type: 'int', name: 'gen_ai.usage.audio.input_tokens' },
  { fact: 'outputAudioTokens', type: 'int', name: 'gen_ai.usage.audio.output_tokens' },
  { fact: 'cacheReadAudioTokens', type: 'int', name: 'gen_ai.usage.audio.cache_read.input_tokens' },
  { fact: 'inputImageTokens', type: 'int', name: 'gen_ai.usage.image.input_tokens' },
  { fact: 'outputImageTokens', type: 'int', name: 'gen_ai.usage.image.output_tokens' },
  { fact: 'usageSource', type: 'string', name: 'tally.usage.source' },
  { fact: 'costNanoUsd', type: 'usd', name: 'tally.cost.usd', also: ['gen_ai.usage.cost.amount', 'gen_ai.usage.cost'] },
  { fact: 'costSource', type: 'string', name: 'tally.cost.source' },
  { fact: 'costVersion', type: 'string', name: 'tally.cost.version' },

  // happened
  {
    fact: 'timeToFirstChunk',
    type: 'double',
    name: 'gen_ai.response.time_to_first_chunk',
  },
  { fact: 'chunkCount', type: 'int', name: 'tally.stream.chunks' },
  { fact: 'endedBy', type: 'string', name: 'tally.ended_by' },
  { fact: 'errorType', type: 'string', name: 'error.type' },
  { fact: 'exceptionType', type: 'string', name: 'tally.exception.type', also: ['exception.type'] },

  // who
  { fact: 'tenant', type: 'string', name: 'tally.tenant' },
  { fact: 'agent', type: 'string', name: 'gen_ai.agent.name' },
  { fact: 'agentVersion', type: 'string', name: 'gen_ai.agent.version' },
  { fact: 'agentDescription', type: 'string', name: 'gen_ai.agent.description' },
  { fact: 'framework', type: 'string', name: 'tally.framework' },
  { fact: 'role', type: 'string', name: 'tally.role' },
  { fact: 'runId', type: 'string', name: 'tally.run.id' },
  { fact: 'userId', type: 'string', name: 'user.id', also: ['enduser.id'] },
  { fact: 'sessionId', type: 'string', name: 'session.id' },
  { fact: 'spiffeId', type: 'string', name: 'tally.spiffe_id' },

  // steps
  { fact: 'toolName', type: 'string', name: 'gen_ai.tool.name' },
  { fact: 'toolType', type: 'string', name: 'gen_ai.tool.type' },
  { fact: 'toolCallId', type: 'string', name: 'gen_ai.tool.call.id' },
  { fact: 'workflow', type: 'string', name: 'gen_ai.workflow.name' },
  { fact: 'dataSourceId', type: 'string', name: 'gen_ai.data_source.id' },

  // beside model calls: MCP of the conventions (`docs/gen-ai/mcp.md`), A2A of their open proposal
  { fact: 'agentStatus', type: 'string', name: 'tally.agent.status' },
  { fact: 'toolService', type: 'string', name: 'tally.tool.service' },
  { fact: 'region', type: 'string', name: 'cloud.region' },
  { fact: 'cacheTier', type: 'string', name: 'tally.cache.tier' },
  { fact: 'cacheHit', type: 'bool', name: 'tally.cache.hit' },
  { fact: 'cacheName', type: 'string', name: 'tally.cache.name' },
  { fact: 'credentialProvider', type: 'string', name: 'tally.credential.provider' },
  { fact: 'credentialService', type: 'string', name: 'tally.credential.service' },
  { fact: 'vaultPath', type: 'string', name: 'tally.vault.path' },
  { fact: 'vaultVersion', type: 'int', name: 'tally.vault.version' },
  { fact: 'mcpMethod', type: 'string', name: 'mcp.method.name' },
  { fact: 'mcpProtocolVersion', type: 'string', name: 'mcp.protocol.version' },
  { fact: 'mcpSessionId', type: 'string', name: 'mcp.session.id' },
  { fact: 'mcpResourceUri', type: 'string', name: 'mcp.resource.uri' },
  { fact: 'promptName', type: 'string', name: 'gen_ai.prompt.name' },
  { fact: 'jsonRpcRequestId', type: 'string', name: 'jsonrpc.request.id' },
  { fact: 'rpcStatusCode', type: 'string', name: 'rpc.response.status_code' },
  { fact: 'networkTransport', type: 'string', name: 'network.transport' },
  { fact: 'a2aMethod', type: 'string', name: 'a2a.method.name', also: ['a2a.method'] },
  { fact: 'a2aProtocolVersion', type: 'string', name: 'a2a.protocol.version' },
  { fact: 'a2aMessageId', type: 'string', name: 'a2a.message.id' },
  { fact: 'a2aTaskId', type: 'string', name: 'a2a.task.id' },
  { fact: 'a2aTaskState', type: 'string', name: 'a2a.task.state' },
  { fact: 'peerAgent', type: 'string', name: 'tally.peer.agent' },
  { fact: 'sandboxLanguage', type: 'string', name: 'tally.sandbox.language' },
  { fact: 'sandboxTimeoutSeconds', type: 'double', name: 'tally.sandbox.timeout' },
  { fact: 'exitCode', type: 'int', name: 'process.exit.code' },
  { fact: 'url', type: 'string', name: 'url.full' },
  { fact: 'actionCount', type: 'int', name: 'tally.browser.actions' },

  // guard
  { fact: 'guardPromptBlocked', type: 'bool', name: 'tally.guard.prompt_blocked' },
  { fact: 'guardOutputBlocked', type: 'bool', name: 'tally.guard.output_blocked' },
  { fact: 'guardScanners', type: 'string', name: 'tally.guard.scanners' },
  { fact: 'guardOutputScanners', type: 'string', name: 'tally.guard.output_scanners' },
  { fact: 'guardOutcome', type: 'string', name: 'tally.guard.outcome' },
  { fact: 'guardScanType', type: 'string', name: 'tally.guard.scan_type' },
  { fact: 'guardIsValid', type: 'bool', name: 'tally.guard.is_valid' },

  // budgets
  { fact: 'budgetAsker', type: 'string', name: 'tally.budget.asker' },
  { fact: 'budgetOutcome', type: 'string', name: 'tally.budget.outcome' },

  // content
  { fact: 'inputMessages', type: 'json', name: 'gen_ai.input.messages' },
  { fact: 'outputMessages', type: 'json', name: 'gen_ai.output.messages' },
  { fact: 'systemInstructions', type: 'json', name: 'gen_ai.system_instructions' },
  { fact: 'toolDefinitions', type: 'json', name: 'gen_ai.tool.definitions' },
  { fact: 'toolArguments', type: 'json', name: 'gen_ai.tool.call.arguments' },
  { fact: 'toolResult', type: 'json', name: 'gen_ai.tool.call.result' },
];

/** The conventions know a service tier of OpenAI's only; others have one too. */
export function isOpenai({ provider }: Pick<Facts, 'provider'>): boolean {
  return provider === 'openai' || provider === 'azure.ai.openai';
}

/** Up to 1.36 some providers had other names; the conventions' changelog of 1.37 lists them. */
const oldProviders: Record<string, string> = { x_ai: 'xai' };

export const otel: Dialect = {
  columns,
  /** How fast an answer came once it came. Follows from other facts, so it is not read back. */
  derived({ outputTokens, timeToFirstChunk }, durationNanos): Record<string, number> {
    const seconds = timeToFirstChunk === undefined ? 0 : Number(durationNanos) / 1e9 - timeToFirstChunk;
    if (outputTokens === undefined || seconds <= 0) return {};
    return { 'tally.output.tokens_per_second': Math.round(outputTokens / seconds) };
  },
  provider: (canonical: string, semconv: Semconv) =>
    semconv === '1.36' ? (oldProviders[canonical] ?? canonical) : canonical,
};

/** What follows the operation in a span's name: the thing it was done with. */
const subjects: Record<string, keyof Facts> = {
  invoke_agent: 'agent',
  create_agent: 'agent',
  plan: 'agent',
  execute_tool: 'toolName',
  invoke_workflow: 'workflow',
  retrieval: 'dataSourceId',
  cache_lookup: 'cacheTier',
  credential_exchange: 'credentialService',
  vault_get: 'vaultPath',
  vault_put: 'vaultPath',
  vault_delete: 'vaultPath',
  vault_list: 'vaultPath',
  a2a_send: 'peerAgent',
  a2a_execute: 'agent',
  sandbox_exec: 'sandboxLanguage',
};

/** `chat gpt-4o`, `invoke_agent analyst`, `execute_tool search`; `role writer` where a role groups its calls. */
export function otelSpanName(facts: Facts): string {
  // The conventions name what goes over MCP by its method, but for a tool around it that has the span already.
  if (facts.mcpMethod !== undefined && facts.side !== undefined) {
    const target = facts.toolName ?? facts.promptName;
    return target === undefined ? facts.mcpMethod : `${facts.mcpMethod} ${target}`;
  }
  if (facts.operation === undefined) return facts.role === undefined ? 'step' : `role ${facts.role}`;
  // The provider's own agent has an id; the agent that called it has a name.
  const own = facts.operation === 'invoke_agent' ? facts.agentId : undefined;
  // Names are few: addresses of pages are not, their hosts are.
  const host = facts.operation === 'browser_browse' ? /^\w+:\/\/([^/]+)/.exec(facts.url ?? '')?.[1] : undefined;
  const subject = own ?? host ?? facts[subjects[facts.operation] ?? 'requestModel'];
  return typeof subject === 'string' && subject !== '' ? `${facts.operation} ${subject}` : facts.operation;
}
