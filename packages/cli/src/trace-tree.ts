import { styleText } from 'node:util';
import type { Span, Trace } from '@tallyspan/server';
import { dollars, duration, grouped, money, plural, printable } from './words.ts';

/**
 * One trace as a tree. What belongs to no span that arrived stands at the top level, so nothing is missing.
 *
 *   invoke_agent crew  2.41 s  $0.0153
 *   ├─ role researcher
 *   │  └─ chat gpt-4o  812 ms  1,204 → 310 tokens  $0.00611
 *   └─ execute_tool search  1.2 s  ✗ timeout
 */
export function renderTrace({ summary, spans }: Trace, colour: boolean): string {
  const children = new Map<string, Span[]>();
  const known = new Set(spans.map(({ spanId }) => spanId));
  for (const span of spans) {
    const parent = span.parentSpanId !== null && known.has(span.parentSpanId) ? span.parentSpanId : '';
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  const paint = painter(colour);
  const lines: string[] = [];
  // A stack and no recursion: a hostile trace may be a hundred thousand levels deep.
  const waiting = stacked(children.get('') ?? [], '', true);
  const shown = new Set<string>();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { span, head, indent } = next;
    if (shown.has(span.spanId)) continue;
    shown.add(span.spanId);
    lines.push(`${paint('dim', head)}${lineOf(span, paint)}`);
    waiting.push(...stacked(children.get(span.spanId) ?? [], indent, false));
  }
  // Spans that are each other's parents have no beginning.
  for (const span of spans) if (!shown.has(span.spanId)) lines.push(`${paint('dim', '↻ ')}${lineOf(span, paint)}`);
  const { traceId, calls, durationMs, status } = summary;
  const figures = [plural(calls, 'call'), duration(durationMs), money(summary)].join(', ');
  return [
    `${paint('bold', printable(summary.name))}  ${paint('dim', traceId)}`,
    ...lines,
    `${status === 'error' ? paint('red', 'Failed') : paint('green', 'Ok')}: ${figures}`,
  ].join('\n');
}

interface Line {
  span: Span;
  head: string;
  indent: string;
}

const INDENT_MAX = 120;

/** The last one first, as they are taken from the end. */
function stacked(spans: readonly Span[], indent: string, top: boolean): Line[] {
  return spans
    .map((span, index): Line => {
      if (top) return { span, head: '', indent: '' };
      // Deeper ones stand below each other: each would be wider than the one above it.
      if (indent.length >= INDENT_MAX) return { span, head: `${indent}⋯ `, indent };
      const last = index === spans.length - 1;
      return { span, head: `${indent}${last ? '└─ ' : '├─ '}`, indent: `${indent}${last ? '   ' : '│  '}` };
    })
    .reverse();
}

type Paint = (style: 'bold' | 'dim' | 'red' | 'green' | 'cyan' | 'yellow', text: string) => string;

function painter(colour: boolean): Paint {
  return (style, text) => (colour && text !== '' ? styleText(style, text, { validateStream: false }) : text);
}

function lineOf(span: Span, paint: Paint): string {
  const { name, durationMs, inputTokens, outputTokens, cost, billable, status, statusMessage, errorType } = span;
  const parts = [paint(billable ? 'cyan' : 'bold', printable(name)), paint('dim', duration(durationMs))];
  if (billable && (inputTokens !== null || outputTokens !== null))
    parts.push(`${counted(inputTokens)} → ${counted(outputTokens)} tokens`);
  if (billable && cost) parts.push(cost.costUsd === null ? paint('yellow', 'unpriced') : dollars(cost.costUsd));
  if (status === 'error') parts.push(paint('red', `✗ ${printable(statusMessage ?? errorType ?? 'error')}`));
  return parts.join('  ');
}

function counted(tokens: number | null): string {
  return tokens === null ? '?' : grouped(tokens);
}
