import type { WireSpan } from '@tallyspan/facts';

/** A span with everything valid and little in it. */
export function makeWireSpan(part: Partial<WireSpan> = {}): WireSpan {
  return {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    parentSpanId: '',
    traceState: '',
    name: 'chat gpt-4o',
    kind: 'client',
    start: 1_763_726_400_000_000_001n,
    end: 1_763_726_401_000_000_002n,
    status: 'unset',
    statusMessage: '',
    attributes: {},
    events: [],
    links: [],
    resource: {},
    scopeName: '',
    scopeVersion: '',
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
    ...part,
  };
}
