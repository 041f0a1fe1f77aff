import { limits } from '@tallyspan/facts';
import { type ScanContext, type Scanner, type ScanResult, type Span } from '../scanner.ts';
import { WINDOWS_ALWAYS, windowsOf } from '../text/windows.ts';
import { judgeText } from './judge-text.ts';
import { loadModel, modelIfLoaded } from './load-model.ts';
import type { Part } from './slipped-requests.ts';

export interface PromptInjectionOptions {
  /** Default 0.5. */
  threshold?: number;
  /** Use the trained model beside the rules. Default true. */
  model?: boolean;
}

/**
 * Attempts to make a model forget its instructions, reveal them, or play somebody without rules, by the user or by a document that a
 * tool brought in. Rules over the meanings of words in fifteen languages, and a small linear model; both see the text behind
 * look-alike letters, invisible characters, base64, hex, rot13 and digits for letters. Local, and quick enough for every call.
 * It reads what users and tools wrote; the developer's own system text may say what it likes.
 */
export function promptInjection({ threshold = 0.5, model = true }: PromptInjectionOptions = {}): Scanner {
  const scanNow = (text: string, { expired, parts = [] }: Pick<ScanContext, 'expired' | 'parts'>): ScanResult => {
    const weights = model ? modelIfLoaded() : undefined;
    let score = 0;
    let seen = 0;
    let partial = false;
    const spans: Span[] = [];
    for (const { start, end } of windowsOf(text)) {
      if (seen++ >= WINDOWS_ALWAYS && expired()) {
        partial = true;
        break;
      }
      const found = judgeText(
        start === 0 && end === text.length ? text : text.slice(start, end),
        weights,
        within(parts, start, end),
      );
      if (found.score > score) score = found.score;
      if (found.score < threshold) continue;
      for (const span of found.spans) {
        if (spans.length < limits.guardSpansMax)
          spans.push({ ...span, start: span.start + start, end: span.end + start });
      }
      break;
    }
    return { score, threshold, isValid: score < threshold, spans, partial };
  };
  return {
    name: 'PromptInjection',
    directions: ['input'],
    origins: ['user', 'tool'],
    joins: true,
    async ready() {
      if (model) await loadModel();
    },
    scan(text, context) {
      if (!model || modelIfLoaded()) return scanNow(text, context);
      // Without its model the scanner still has its rules.
      return loadModel().then(
        () => scanNow(text, context),
        () => scanNow(text, context),
      );
    },
  };
}

/** The parts of a window, on its own offsets. */
function within(parts: readonly Part[], start: number, end: number): readonly Part[] {
  if (start === 0 || parts.length < 2) return parts;
  const before = parts.findLast(({ from }) => from <= start);
  const inside = parts.filter(({ from }) => from > start && from < end);
  return [...(before ? [before] : []), ...inside].map((part) => ({ ...part, from: Math.max(0, part.from - start) }));
}
