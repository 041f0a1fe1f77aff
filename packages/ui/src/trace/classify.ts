import type { Span } from '@tallyspan/server';

/** What a span is to a reader; it decides icon and colour. */
export type SpanClass = 'agent' | 'role' | 'model' | 'embeddings' | 'tool' | 'retrieval' | 'other';

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
};

export const CLASS_LABELS: Readonly<Record<SpanClass, string>> = {
  agent: 'Agent',
  role: 'Role',
  model: 'Model call',
  embeddings: 'Embeddings',
  tool: 'Tool',
  retrieval: 'Retrieval',
  other: 'Step',
};

/** A step that bears its role's name groups the calls of that role; any other step only happens inside one. */
export function classify(span: Span): SpanClass {
  if (span.operation !== null && Object.hasOwn(OPERATIONS, span.operation)) return OPERATIONS[span.operation]!;
  if (span.billable) return 'model';
  if (span.tool !== null) return 'tool';
  if (span.role !== null && (span.name === span.role || span.name === `role ${span.role}`)) return 'role';
  return 'other';
}

/** The name without the operation that the icon already says: `chat gpt-4o` → `gpt-4o`, `execute_tool search` → `search`. */
export function shortName(span: Span): string {
  const prefix = span.operation ?? (classify(span) === 'role' ? 'role' : '');
  const rest = prefix && span.name.startsWith(`${prefix} `) ? span.name.slice(prefix.length + 1).trim() : '';
  return rest || span.name || '(no name)';
}
