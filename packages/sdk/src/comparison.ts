import { Begun } from './begin.ts';
import { currentIdentity, runIn } from './context.ts';
import { followResult } from './follow-result.ts';

/**
 * Runs `fn` as a comparison: the calls inside are siblings under one span and share a group, by which the page sets their cost and
 * latency side by side. For calls made with your own clients; {@link compare} makes quick calls itself. Answers what `fn` answers.
 *
 * @example
 * await comparison('headline', () => Promise.all([openai.chat.completions.create({ … }), anthropic.messages.create({ … })]));
 */
export function comparison<Result>(name: string, fn: () => Result): Result {
  let begun: Begun;
  try {
    begun = new Begun({ operation: 'invoke_workflow', workflow: name }, currentIdentity(), {
      identify: ({ spanId }) => ({ comparisonGroup: spanId }),
    });
  } catch {
    return fn();
  }
  return followResult(begun, () => runIn(begun.frame, fn)) as Result;
}
