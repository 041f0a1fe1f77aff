import { useQueries, useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { Span } from '@tallyspan/server';
import { useMemo } from 'react';
import { spanQuery } from '../../api/queries.ts';
import type { SpanNode } from '../../trace/build-tree.ts';
import type { LoadedTrace } from '../../trace/read-skeleton.ts';

/** A span with all that is known of it. Of a long trace that is asked for now; until it comes there is what the skeleton says. */
export function useDetails(trace: LoadedTrace, node: SpanNode) {
  const asks = trace.details === 'on-demand';
  const query = useQuery({ ...spanQuery(trace.summary.traceId, node.span.spanId), enabled: asks });
  const whole = useMemo(() => (asks && query.data ? withSpan(node, query.data) : node), [asks, node, query.data]);
  return { node: whole, waiting: asks && query.isPending, problem: asks ? query.error : null };
}

/** The same for many. */
export function useAllDetails(trace: LoadedTrace, nodes: readonly SpanNode[]) {
  const { traceId } = trace.summary;
  const asked = trace.details === 'on-demand' ? nodes : NONE;
  const { spans, waiting } = useQueries({
    queries: asked.map((node) => spanQuery(traceId, node.span.spanId)),
    combine: spansOf,
  });
  // Not in `combine`: what it answers is compared deeply, and nodes know their parents and these their children.
  const whole = useMemo(() => nodes.map((node, i) => (spans[i] ? withSpan(node, spans[i]) : node)), [nodes, spans]);
  return { nodes: whole, waiting };
}

const NONE: readonly SpanNode[] = [];

function spansOf(results: UseQueryResult<Span>[]) {
  return { spans: results.map((result) => result.data), waiting: results.some((result) => result.isPending) };
}

/** Its place in the tree stays; only the span is told in full. */
function withSpan(node: SpanNode, span: Span): SpanNode {
  return { ...node, span };
}
