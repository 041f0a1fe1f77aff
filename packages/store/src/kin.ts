/** What is asked of a stored span to find out what it is to others of its trace. */
import type { Facts } from '@tallyspan/facts';
import type { StoredSpan } from './store.ts';

/** The facts of {@link Kin}: who a span belongs to and which call it is, and no content. */
export const kinFacts = [
  'operation',
  'uncounted',
  'inherited',
  'tenantSource',
  'responseId',
  'inputTokens',
  'outputTokens',
  'costNanoUsd',
  'tenant',
  'agent',
  'agentVersion',
  'role',
  'runId',
  'userId',
  'sessionId',
  'conversationId',
  'spiffeId',
] as const satisfies (keyof Facts)[];

/** A stored span without what makes it long. `facts` has {@link kinFacts} only. */
export interface Kin extends Pick<
  StoredSpan,
  'traceId' | 'spanId' | 'parentSpanId' | 'start' | 'end' | 'kind' | 'scopeName'
> {
  facts: Pick<Facts, (typeof kinFacts)[number]>;
}

/** A stored span and what takes its place. */
export interface Replacement {
  /** As it was found: its ids, its tenant and its start say which one. */
  old: Pick<StoredSpan, 'traceId' | 'spanId' | 'start'> & { facts: Pick<Facts, 'tenant'> };
  span: StoredSpan;
  /** All of it, for whoever keeps sums; where it is not known those are summed anew. */
  was?: StoredSpan;
}
