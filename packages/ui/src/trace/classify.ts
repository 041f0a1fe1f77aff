import type { Span } from '@tallyspan/server';

/** What a span is to a reader; it decides icon and colour. */
export type SpanClass =
  | 'agent'
  | 'role'
  | 'model'
  | 'embeddings'
  | 'tool'
  | 'retrieval'
  | 'guard'
  | 'cache'
  | 'credential'
  | 'vault'
  | 'gateway'
  | 'a2a'
  | 'sandbox'
  | 'browser'
  | 'other';

const OPERATIONS: Readonly<Record<string, SpanClass>> = {
  invoke_agent: 'agent',
  create_agent: 'agent',
  invoke_workflow: 'agent',
  plan: 'agent',
  chat: 'model',
  text_completion: 'model',
  generate_content: 'model',
  fetch_response: 'model',
  embeddings: 'embeddings',
  rerank: 'embeddings',
  execute_tool: 'tool',
  retrieval: 'retrieval',
  guardrail: 'guard',
};

export const CLASS_LABELS: Readonly<Record<SpanClass, string>> = {
  agent: 'Agent',
  role: 'Role',
  model: 'Model call',
  embeddings: 'Embeddings',
  tool: 'Tool',
  retrieval: 'Retrieval',
  guard: 'Guard',
  cache: 'Cache',
  credential: 'Credential',
  vault: 'Vault',
  gateway: 'MCP',
  a2a: 'Agent to agent',
  sandbox: 'Sandbox',
  browser: 'Browser',
  other: 'Step',
};

/**
 * Steps that the conventions have no operation for say in their name what they are: `tally.cache.lookup`, `a2a.client`, `cache_lookup`,
 * and a call of an MCP server its method. First match wins, before the operation: a sandbox is also a tool.
 */
const NAMES: readonly (readonly [RegExp, SpanClass])[] = [
  [/^(?:tally\.|hexr\.)?(cache|credential|vault|gateway|a2a|sandbox|browser|guard)[._ ]/, 'other'],
  [
    /^(?:tools|resources|prompts|completion|logging|sampling|elicitation|roots|notifications)\/[a-z_/]+(?: |$)/,
    'gateway',
  ],
];

/** The same, by the names of what was sent with it. */
const ATTRIBUTES: readonly (readonly [RegExp, SpanClass])[] = [
  [/^mcp\./, 'gateway'],
  [/^a2a\.|^tally\.a2a\./, 'a2a'],
];

const STEPS: ReadonlySet<string> = new Set('cache credential vault gateway a2a sandbox browser guard'.split(' '));

/** A step that bears its role's name groups the calls of that role; any other step only happens inside one. */
export function classify(span: Span): SpanClass {
  if (span.billable) return billableClass(span);
  const named = classByName(span.name) ?? (span.operation === null ? null : classByName(span.operation));
  if (named !== null) return named;
  for (const name in span.attributes) {
    const found = ATTRIBUTES.find(([pattern]) => pattern.test(name));
    if (found) return found[1];
  }
  if (span.operation !== null && Object.hasOwn(OPERATIONS, span.operation)) return OPERATIONS[span.operation]!;
  if (span.facts['guardScanType'] !== undefined) return 'guard';
  if (span.tool !== null) return 'tool';
  if (span.role !== null && (span.name === span.role || span.name === `role ${span.role}`)) return 'role';
  return 'other';
}

/** The name without what the icon already says: `chat gpt-4o` → `gpt-4o`, `execute_tool search` → `search`, `tally.vault.get` → `vault.get`. */
export function shortName(span: Span): string {
  const prefix = span.operation ?? (classify(span) === 'role' ? 'role' : '');
  const rest = prefix && span.name.startsWith(`${prefix} `) ? span.name.slice(prefix.length + 1).trim() : '';
  return rest || span.name.replace(/^tally\.(?=\w+\.)/, '') || '(no name)';
}

function billableClass({ operation }: Span): SpanClass {
  return operation !== null && Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation]! : 'model';
}

/** Names repeat a thousand times in a large trace; patterns are matched once each. */
const known = new Map<string, SpanClass | null>();
const KNOWN_MAX = 5_000;

function classByName(name: string): SpanClass | null {
  const before = known.get(name);
  if (before !== undefined) return before;
  let found: SpanClass | null = null;
  for (const [pattern, otherwise] of NAMES) {
    const match = pattern.exec(name);
    if (!match) continue;
    found = match[1] !== undefined && STEPS.has(match[1]) ? (match[1] as SpanClass) : otherwise;
    break;
  }
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(name, found);
  return found;
}
