import { limits, spanName, usdFromNanos, type Writing } from '@tallyspan/facts';
import type { EndedSpan } from './span.ts';

/**
 * Spans as a tree on the terminal, for looking while developing. A trace is printed when its outermost span of ours has ended.
 * It goes to stderr, as a program's stdout is its own.
 */
export class ConsoleTree {
  readonly #writing: Writing;
  readonly #print: (text: string) => void;
  readonly #open = new Set<string>();
  /** Ended spans by the id of their parent, until that has ended too. */
  readonly #waiting = new Map<string, EndedSpan[]>();

  constructor(writing: Writing, print: (text: string) => void = (text) => void process.stderr.write(text)) {
    this.#writing = writing;
    this.#print = print;
  }

  opened(spanId: string): void {
    if (this.#open.size < limits.consoleSpansMax) this.#open.add(spanId);
  }

  ended(span: EndedSpan): void {
    this.#open.delete(span.spanId);
    const parent = span.parentSpanId;
    if (parent === undefined || !this.#open.has(parent))
      return this.#print(`${this.#lines(span, '', '').join('\n')}\n`);
    const siblings = this.#waiting.get(parent) ?? [];
    siblings.push(span);
    this.#waiting.set(parent, siblings);
  }

  #lines(span: EndedSpan, first: string, rest: string): string[] {
    const children = this.#waiting.get(span.spanId) ?? [];
    this.#waiting.delete(span.spanId);
    children.sort((left, right) => left.startMicros - right.startMicros);
    return [
      `${first}${this.#line(span)}`,
      ...children.flatMap((child, index) => {
        const last = index === children.length - 1;
        return this.#lines(child, `${rest}${last ? '└─ ' : '├─ '}`, `${rest}${last ? '   ' : '│  '}`);
      }),
    ];
  }

  #line({ facts, startMicros, endMicros, failed, statusMessage }: EndedSpan): string {
    const { inputTokens, outputTokens, costNanoUsd, tenant, agent } = facts;
    const who = facts.operation === 'invoke_agent' && agent !== undefined && tenant !== undefined ? ` (${tenant})` : '';
    const parts = [`${visible(spanName(facts, this.#writing))}${visible(who)}`, duration(endMicros - startMicros)];
    if (inputTokens !== undefined || outputTokens !== undefined)
      parts.push(`${inputTokens ?? '?'} → ${outputTokens ?? '?'} tokens`);
    if (costNanoUsd !== undefined) parts.push(`$${usdFromNanos(costNanoUsd)}`);
    if (failed) parts.push(`✗ ${visible(statusMessage ?? 'error')}`);
    return parts.join('  ');
  }
}

function duration(micros: number): string {
  return micros < 1_000_000 ? `${(micros / 1000).toFixed(0)} ms` : `${(micros / 1e6).toFixed(2)} s`;
}

/** A name from outside may hold control characters, which a terminal would obey. */
function visible(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '�');
}
