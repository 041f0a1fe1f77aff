import { limits } from '@tallyspan/facts';
import { type Direction, type Scanner, type Span, verdictOf } from '../scanner.ts';
import { linearPattern } from '../text/linear-pattern.ts';

export interface RegexOptions {
  /** Patterns as text, with the syntax of {@link linearPattern}: what cannot run in linear time is refused when the scanner is made. */
  patterns: readonly string[];
  /** `found` (default): a text that holds one is refused. `missing`: a text that holds none is. */
  refuse?: 'found' | 'missing';
  /** Default false. */
  ignoreCase?: boolean;
  /** Default: both. */
  directions?: readonly Direction[];
  /** Default `'Regex'`. Two lists in one policy need two names. */
  name?: string;
}

/** Your own patterns. They cannot blow up, whatever is written into them or into the text. */
export function regex({
  patterns,
  refuse = 'found',
  ignoreCase = false,
  directions = ['input', 'output'],
  name = 'Regex',
}: RegexOptions): Scanner {
  const compiled = patterns.map((pattern) => linearPattern(pattern, { ignoreCase }));
  return {
    name,
    directions,
    redacts: refuse === 'found',
    scan(text) {
      if (refuse === 'missing') return verdictOf(compiled.some((pattern) => pattern.test(text)) ? 0 : 1, 0.5);
      const spans: Span[] = compiled.flatMap((pattern) =>
        pattern
          .matches(text, limits.guardSpansMax)
          .flatMap((span) => (span.end > span.start ? { ...span, kind: 'PATTERN' } : [])),
      );
      return verdictOf(spans.length > 0 ? 1 : 0, 0.5, spans);
    },
  };
}
