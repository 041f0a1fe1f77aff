import { makeCall, makeSpan, noon } from './make-span.ts';

/** Spans that have something in every column which the first version of the schema lacked. */
export const spansOfFirstVersion = [
  makeSpan({ span: 1, resource: { 'service.name': 'crew' }, facts: { tenant: 'acme', agent: 'analyst' } }),
  makeCall({ span: 2, parent: 1, start: noon + 1n, nanos: 5n, facts: { tenant: 'acme', guardOutcome: 'blocked' } }),
  makeCall({ span: 3, parent: 1, nanos: 7n, facts: { tenant: 'beta', comparisonGroup: `it's "one"` } }),
  makeSpan({ trace: 2, facts: { operation: 'a2a_send', peerAgent: 'writer', a2aTaskState: 'completed' } }),
];

export const laterColumns = ['guard_outcome', 'comparison_group', 'peer_agent', 'task_state', 'service'];
