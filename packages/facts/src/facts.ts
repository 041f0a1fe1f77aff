/**
 * The facts of one span: the single vocabulary between the user's process and the page.
 *
 * An adapter fills them from a library's objects, a dialect from anybody's attributes; pricing, guard, budgets, store and page
 * read nothing else. The record is flat on purpose: one fact, one column, one table row in a dialect.
 */

/** What the span did. Names of the OpenTelemetry GenAI conventions (`gen_ai.operation.name`), plus those they lack: `rerank`, `image_generation`… */
export type Operation =
  | 'chat'
  | 'text_completion'
  | 'generate_content'
  | 'embeddings'
  | 'rerank'
  | 'retrieval'
  | 'fetch_response'
  | 'create_agent'
  | 'invoke_agent'
  | 'execute_tool'
  | 'invoke_workflow'
  | 'plan'
  | 'image_generation'
  | 'speech'
  | 'transcription'
  | 'moderation'
  | 'batch'
  | 'realtime'
  | 'guardrail'
  | 'cache_lookup'
  | 'credential_exchange'
  | 'vault_get'
  | 'vault_list'
  | 'vault_put'
  | 'vault_delete'
  | 'a2a_send'
  | 'a2a_execute'
  | 'sandbox_exec'
  | 'browser_browse'
  | (string & {});

/**
 * Operations that a provider bills. Only these are priced and summed: an agent's span repeats what its children used,
 * so its figures are shown beside and never added.
 */
export const BILLABLE: ReadonlySet<string> = new Set([
  'chat',
  'text_completion',
  'generate_content',
  'embeddings',
  'rerank',
  'image_generation',
  'speech',
  'transcription',
  'realtime',
]);

/**
 * Why a call is shown and not summed, as its tokens are another span's too:
 * `pending` stands in for a span that has not ended, `repeat` says by its name that it repeats its parent, `nested` has the same
 * call inside it (a framework's span around a client's), `same_call` is the same answer seen from another place (a proxy).
 */
export type Uncounted = 'pending' | 'repeat' | 'nested' | 'same_call';

/**
 * Whether a span's tokens and cost are summed: it is a call that a provider bills, and no other span is the same call. What a budget
 * refused was never sent.
 */
export function isBillable(facts: Pick<Facts, 'operation' | 'uncounted' | 'errorType'>): boolean {
  const { operation, uncounted, errorType } = facts;
  return (
    operation !== undefined && uncounted === undefined && errorType !== 'budget_exceeded' && BILLABLE.has(operation)
  );
}

/** Where a cost comes from. `unpriced` means nobody knows; it is never 0. */
export type CostSource = 'provider' | 'computed' | 'client' | 'unpriced';

/**
 * Tokens of one call. House rule: `inputTokens` includes cache reads and writes, `outputTokens` includes reasoning;
 * the other fields are subsets of these two. A field is absent when the provider did not report it.
 */
export interface Usage {
  inputTokens?: number;
  outputTokens?: number;
  cacheReadTokens?: number;
  /** All tokens written to the provider's cache, whatever their time to live. */
  cacheWriteTokens?: number;
  /** The part of {@link cacheWriteTokens} kept for an hour, which Anthropic bills higher. */
  cacheWrite1hTokens?: number;
  reasoningTokens?: number;
  inputAudioTokens?: number;
  outputAudioTokens?: number;
  cacheReadAudioTokens?: number;
  inputImageTokens?: number;
  outputImageTokens?: number;
  /** `estimated` when we counted and the provider did not report. */
  usageSource?: 'provider' | 'estimated';
}

/** What the caller asked for. */
export interface Asked {
  operation?: Operation;
  /** `gen_ai.provider.name` as the conventions spell it: `openai`, `x_ai`, `azure.ai.openai`… */
  provider?: string;
  requestModel?: string;
  stream?: boolean;
  maxTokens?: number;
  temperature?: number;
  topP?: number;
  topK?: number;
  frequencyPenalty?: number;
  presencePenalty?: number;
  seed?: number;
  choiceCount?: number;
  stopSequences?: string[];
  encodingFormats?: string[];
  embeddingDimensions?: number;
  outputType?: string;
  reasoningLevel?: string;
  requestServiceTier?: string;
  /** `chat_completions` or `responses`, which share the operation `chat`. */
  apiType?: string;
  previousResponseId?: string;
  /** Which response is fetched; of other calls it is known when they are answered. */
  responseId?: string;
  conversationId?: string;
  serverAddress?: string;
  serverPort?: number;
  /** How many documents a rerank was given, and how many it shall answer. */
  documentCount?: number;
  topN?: number;
  /** How many images were asked for. */
  imageCount?: number;
  /** The provider's own agent: an assistant, a Bedrock agent and its alias. */
  agentId?: string;
  agentAliasId?: string;
}

/** What came back. */
export interface Answered extends Usage {
  /** Behind a gateway: who answered, in place of whom the client called. */
  provider?: string;
  /** Of a provider's own agent. */
  agentId?: string;
  conversationId?: string;
  responseModel?: string;
  responseId?: string;
  /** One entry per choice, in order, as the provider spells it; `error` where one was due and never came. */
  finishReasons?: string[];
  responseServiceTier?: string;
  systemFingerprint?: string;
  responseStatus?: string;
  /** The provider's id of the request, from its headers: what its support asks for. */
  requestId?: string;
  /** What the provider's headers say is left of the rate limit. */
  rateLimitRequestsLeft?: number;
  rateLimitTokensLeft?: number;
  /** How often the client or a gateway tried again before this answer. */
  retryCount?: number;
  fallbackCount?: number;
  /** The gateway in between (`litellm`, `openrouter`, `vercel`), and what it says of the call. */
  gateway?: string;
  gatewayCallId?: string;
  gatewayModelId?: string;
  gatewayModelGroup?: string;
  gatewayApiBase?: string;
  /** What is billed beside tokens. */
  searchUnits?: number;
  webSearchRequests?: number;
  outputImageCount?: number;
  inputCharacters?: number;
  audioSeconds?: number;
  /** What a server that runs the model itself says of its time: loading the model, reading the prompt, writing the answer. */
  modelLoadSeconds?: number;
  promptSeconds?: number;
  generationSeconds?: number;
  /** A cost which the provider or a gateway reported, in nano-dollars. */
  costNanoUsd?: bigint;
  costSource?: CostSource;
  /** Which price table the cost was computed with. */
  costVersion?: string;
}

/** How it went, seen from outside. */
export interface Happened {
  /** From the call to the first chunk of a stream, in seconds. */
  timeToFirstChunk?: number;
  chunkCount?: number;
  /** How a call ended that did not simply complete: `break`, `aborted`, `cut`, `raw` (only headers were asked for), `abandoned`. */
  endedBy?: string;
  /** Low-cardinality class of the failure: an HTTP status, an error class, `guardrail_blocked`. Absent when all went well. */
  errorType?: string;
  /** The class of the error, as the language calls it: `RateLimitError`. */
  exceptionType?: string;
  /** Set by whoever reads a span, never sent. */
  uncounted?: Uncounted;
}

/** Who caused it. */
export interface Identity {
  tenant?: string;
  agent?: string;
  agentVersion?: string;
  agentDescription?: string;
  framework?: string;
  role?: string;
  runId?: string;
  userId?: string;
  sessionId?: string;
  spiffeId?: string;
  /** Calls that try the same prompt on several models share a group. */
  comparisonGroup?: string;
  /** The tenant is that of the key that the span was sent with, whatever it says itself. Set by whoever takes a span in, never sent. */
  tenantSource?: 'key';
  /** Which of these the span did not say itself: an ancestor did. Set by whoever reads a trace, never sent. */
  inherited?: string[];
}

/** Steps of an agent beside its model calls. */
export interface Step {
  toolName?: string;
  toolType?: string;
  toolCallId?: string;
  workflow?: string;
  dataSourceId?: string;
}

/** What an agent does beside calling models: tools, caches, credentials, secrets, other agents, sandboxes, browsers. */
export interface Operated {
  /** How a run of an agent ended: `ok`, `error` or `cancelled`. */
  agentStatus?: string;
  /** The service that a tool works on (`s3`), where it is, and which tier of a cache its credentials came from. */
  toolService?: string;
  region?: string;
  /** `L1` memory, `L2` shared, `L3` the source itself. */
  cacheTier?: string;
  cacheHit?: boolean;
  cacheName?: string;
  /** Who gives the credentials (`aws_sts`, `oauth`), and for what (`s3`, a resource, an audience). Never the credentials. */
  credentialProvider?: string;
  credentialService?: string;
  /** Where a secret lies; never its value. */
  vaultPath?: string;
  vaultVersion?: number;
  /** Which end of a conversation between two processes the span is. Not an attribute: it is the span's kind. */
  side?: 'client' | 'server';
  mcpMethod?: string;
  mcpProtocolVersion?: string;
  mcpSessionId?: string;
  mcpResourceUri?: string;
  promptName?: string;
  jsonRpcRequestId?: string;
  /** The JSON-RPC error code, as text. */
  rpcStatusCode?: string;
  /** `tcp`, `quic` or `pipe`. */
  networkTransport?: string;
  a2aMethod?: string;
  a2aProtocolVersion?: string;
  a2aMessageId?: string;
  a2aTaskId?: string;
  /** Of the task when the span ended: `submitted`, `working`, `completed`, `failed`, `canceled`, `input-required`, `rejected`, `auth-required`. */
  a2aTaskState?: string;
  /** The agent at the other end: whom a client asked, or who asked a server. */
  peerAgent?: string;
  sandboxLanguage?: string;
  sandboxTimeoutSeconds?: number;
  exitCode?: number;
  /** Without its query and fragment, which may hold secrets. */
  url?: string;
  actionCount?: number;
}

/** What the guard said of a call. Names and numbers, never a text that was found. */
export interface Guarded {
  guardPromptBlocked?: boolean;
  guardOutputBlocked?: boolean;
  /** JSON: `{"PromptInjection":{"score":0.97,"threshold":0.5}}`, of those that found something. */
  guardScanners?: string;
  guardOutputScanners?: string;
  /** The worst of both directions: `blocked`, `redacted`, `annotated`, `not_scanned`; absent when all was clean. */
  guardOutcome?: string;
  /** On the span of a scan: `prompt` or `output`, and whether nothing was found. */
  guardScanType?: string;
  guardIsValid?: boolean;
}

/** What budgets of the server said of a call. */
export interface Budgeted {
  /** Whose part of a budget the call was made from, so that what it used is counted once. */
  budgetAsker?: string;
  /** `not_checked`: the server did not say in time whether the call may be made, and it was made. */
  budgetOutcome?: string;
}

/** Message content, as JSON text in the shape of the conventions. Present only where the user asked for it. */
export interface Content {
  inputMessages?: string;
  outputMessages?: string;
  systemInstructions?: string;
  toolDefinitions?: string;
  toolArguments?: string;
  toolResult?: string;
  /**
   * The messages without what they say: roles, finish reasons, ids and names of tool calls. Only for dialects that number messages and
   * tell this much with content off.
   */
  inputOutline?: string;
  outputOutline?: string;
}

export interface Facts extends Asked, Answered, Happened, Identity, Step, Operated, Guarded, Budgeted, Content {}

export type SpanStatus = 'unset' | 'ok' | 'error';
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** A value as OTLP can carry it. Bytes arrive as base64 text, integers beyond 2^53 as bigint. */
export type AttributeValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | AttributeValue[]
  | { [key: string]: AttributeValue };
export type Attributes = Record<string, AttributeValue>;

/** An event or a link on a span. */
export interface SpanEvent {
  name: string;
  time: bigint;
  attributes: Attributes;
}
export interface SpanLink {
  traceId: string;
  spanId: string;
  attributes: Attributes;
}

/** A span as it came over the wire: ids in lower-case hex, times in Unix nanoseconds, nothing interpreted yet. */
export interface WireSpan {
  traceId: string;
  spanId: string;
  /** Empty for a root. */
  parentSpanId: string;
  traceState: string;
  name: string;
  kind: SpanKind;
  start: bigint;
  end: bigint;
  status: SpanStatus;
  statusMessage: string;
  attributes: Attributes;
  events: SpanEvent[];
  links: SpanLink[];
  resource: Attributes;
  scopeName: string;
  scopeVersion: string;
  droppedAttributes: number;
  droppedEvents: number;
  droppedLinks: number;
}

/** A span understood: its facts, and under `attributes` whatever no dialect knew. */
export interface Span extends WireSpan {
  facts: Facts;
}
