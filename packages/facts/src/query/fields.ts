/**
 * What can be filtered by, as a table: the parser, the store, the suggestions and the documentation read the same rows.
 *
 * Where spans are listed or summed, every field is asked of the span. Where traces are listed, a field that traces have as well is asked
 * of the trace, and all others of its spans; `span.` before such a field asks the spans after all: `span.duration>2s`.
 */

/** `text` is compared as a whole, `id` by its start; the others are numbers, in units as they are written. */
export type FieldType = 'text' | 'id' | 'count' | 'duration' | 'seconds' | 'money';

export interface Field {
  type: FieldType;
  /** Who has it. */
  of: 'span' | 'both' | 'trace';
  description: string;
  example: string;
  /** When there are only these. */
  values?: readonly string[];
}

const text = (description: string, example: string) =>
  ({ type: 'text', of: 'span', description, example }) as const satisfies Field;
const tokens = (description: string, example: string) =>
  ({ type: 'count', of: 'both', description, example }) as const satisfies Field;

export const filterFields = {
  tenant: text('whose it is', 'tenant:acme'),
  agent: text('the agent that caused it', 'agent:analyst'),
  role: text('the role within the agent', 'role:researcher'),
  provider: text('who was called', 'provider:openai'),
  model: text('the model that answered, or else the one asked for', 'model:gpt-4o*'),
  request_model: text('the model asked for', 'request_model:gpt-4o'),
  response_model: text('the model that answered', 'response_model:gpt-4o-2024-08-06'),
  operation: text('what was done: chat, embeddings, execute_tool, …', 'operation:execute_tool'),
  user: text('the user', 'user:"Ann Lee"'),
  session: text('the session or conversation', 'session:s-42'),
  run: { type: 'count', of: 'span', description: 'the number of the run among those of its agent', example: 'run:3' },
  run_id: text('the id of the run', 'run_id:9f2c'),
  tool: text('the tool that was used', 'tool:search'),
  name: text('the name of a span', 'name:"chat *"'),
  service: text('the program that sent it (service.name)', 'service:checkout'),
  scope: text('the instrumentation that made it', 'scope:@tallyspan/sdk'),
  kind: {
    ...text('which end of a call it is', 'kind:client'),
    values: ['internal', 'server', 'client', 'producer', 'consumer'],
  },
  status: {
    type: 'text',
    of: 'both',
    description: 'how it ended: ok or error',
    example: 'status:error',
    values: ['ok', 'error'],
  },
  error: text('the class of the failure', 'error:429'),
  guard: {
    ...text('the worst that the guard said', 'guard:blocked'),
    values: ['blocked', 'redacted', 'annotated', 'not_scanned'],
  },
  peer: text('the agent at the other end (A2A)', 'peer:writer'),
  task: text('the state of an A2A task', 'task:failed'),
  group: text('calls that try the same prompt on several models', 'group:00f067aa0ba902b7'),
  source: {
    ...text('who says what it cost', 'source:unpriced'),
    values: ['provider', 'computed', 'client', 'unpriced'],
  },
  trace: { type: 'id', of: 'both', description: 'the start of a trace id', example: 'trace:0af765' },
  span: { type: 'id', of: 'span', description: 'the start of a span id', example: 'span:b7ad6b' },
  duration: { type: 'duration', of: 'both', description: 'how long it took: us, ms, s, m, h', example: 'duration>2s' },
  ttft: { type: 'seconds', of: 'span', description: 'time to the first chunk of a stream', example: 'ttft>500ms' },
  cost: { type: 'money', of: 'both', description: 'US dollars', example: 'cost>0.01' },
  tokens: tokens('input and output tokens', 'tokens>=10k'),
  input: tokens('input tokens, cached ones included', 'input>4k'),
  output: tokens('output tokens, reasoning included', 'output>1k'),
  cache_read: tokens('tokens read from the cache', 'cache_read>0'),
  cache_write: tokens('tokens written to the cache', 'cache_write>0'),
  reasoning: tokens('reasoning tokens', 'reasoning>500'),
  spans: { type: 'count', of: 'trace', description: 'spans of the trace', example: 'spans>100' },
  calls: { type: 'count', of: 'trace', description: 'billable calls of the trace', example: 'calls>10' },
  errors: { type: 'count', of: 'trace', description: 'failed spans of the trace', example: 'errors>0' },
} as const satisfies Record<string, Field>;

export type FieldName = keyof typeof filterFields;
/** Fields that are text, which are also what can be grouped by. */
export type TextField = {
  [Name in FieldName]: (typeof filterFields)[Name]['type'] extends 'text' ? Name : never;
}[FieldName];

/** Attributes by their key: those of the span that no dialect knew, and those of its resource. */
export const keyedFields = {
  attr: { description: 'an attribute of the span', example: 'attr.http.method:GET' },
  resource: { description: 'an attribute of the resource', example: 'resource.host.name:web-1' },
} as const;
export type KeyedField = keyof typeof keyedFields;

export function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(filterFields, name);
}
export function isTextField(name: string): name is TextField {
  return isFieldName(name) && filterFields[name].type === 'text';
}

/** What may stand between a field and its value. */
export function operatorsOf(type: FieldType | 'attribute'): readonly string[] {
  if (type === 'id') return [':'];
  return type === 'text' ? [':', '!='] : [':', '!=', '>', '>=', '<', '<='];
}
