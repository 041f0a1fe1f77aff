import type { Facts, Identity } from '@tallyspan/facts';
import { Begun } from './begin.ts';
import { contentText, type ContentRules } from './content.ts';
import { runIn } from './context.ts';
import type { Failure } from './failure.ts';
import { followResult } from './follow-result.ts';
import { contentRules } from './kernel.ts';

const NOTHING: ContentRules = { capture: false, redact: undefined };

/** How one thing that an agent does becomes a span. Nothing that these functions throw reaches the caller. */
export interface OperationOptions<Value> {
  /** Identity that holds for everything inside. Default: that around. */
  identity?: Identity;
  /** What it was given; recorded only where content is on. */
  arguments?: unknown;
  /** What came back; recorded only where content is on. Without it no result is. */
  result?: (value: Value) => unknown;
  /** Facts that only the result says, put on the span; answers a failure when the value stands for one. */
  answered?: (value: Value, facts: Facts) => Failure | undefined | void;
  /** What goes through here is secret: no arguments, no result and no text of an error is recorded, even where content is on. */
  secret?: boolean;
  /** Facts that the error says. */
  failed?: (error: unknown, facts: Facts) => void;
}

/**
 * Runs `run` inside a span of this operation: a value, a promise or an async generator, given back as it is. `run` gets the span's facts
 * and may add to them while it runs.
 *
 * @example
 * runOperation({ operation: 'vault_get', vaultPath: path }, () => read(path), { answered: ({ version }, facts) => { facts.vaultVersion = version; } });
 */
export function runOperation<Result>(
  facts: Facts,
  run: (facts: Facts) => Result,
  options: OperationOptions<Awaited<Result>> = {},
): Result {
  let begun: Begun;
  try {
    begun = new Begun(facts, options.identity);
  } catch {
    return run(facts);
  }
  const rules = options.secret ? NOTHING : contentRules({});
  const record = (key: 'toolArguments' | 'toolResult', value: unknown) => {
    // Fails closed: what cannot be made harmless is left out.
    const text = rules.capture && value !== undefined ? contentText(value, rules) : undefined;
    if (text !== undefined) begun.facts[key] = text;
  };
  try {
    record('toolArguments', options.arguments);
  } catch {
    // As above.
  }
  return followResult(
    begun,
    () => runIn(begun.frame, () => run(begun.facts)),
    (value) => {
      const failure = options.answered?.(value as Awaited<Result>, begun.facts);
      if (options.result) record('toolResult', options.result(value as Awaited<Result>));
      return failure;
    },
    (error) => options.failed?.(error, begun.facts),
    rules.capture === true,
  ) as Result;
}
