import { limits, type Usage } from '@tallyspan/facts';
import { type AnyCall, call, type Choice, type InnerCall } from '../../adapter.ts';
import { isInsideCall } from '../../inside.ts';
import { fields, list, text } from '../../read.ts';
import { headerFacts, refusedFacts } from './headers.ts';
import { usageOf } from './usage.ts';

/**
 * Batches: requests that are answered within a day at half the price. The batch itself bills nothing; what its requests used is
 * known when the results are read, and is told then by one model call per model, priced as batch. Source: Anthropic API reference,
 * "Message Batches".
 */
type Args = readonly [id: unknown, ...rest: unknown[]];

/** `batches.create`. */
export const batchCreate = call<readonly [body: unknown, options?: unknown], unknown>({
  operation: 'batch',
  asked([body]) {
    const [first, ...others] = new Set(
      list(fields(body).requests).map((one) => text(fields(fields(one).params).model)),
    );
    return { requestModel: others.length === 0 ? first : undefined };
  },
  answered: (batch, { header }) => ({ ...batchFacts(batch), ...headerFacts(header) }),
  refused: refusedFacts,
});

const looked = call<Args, unknown>({
  operation: 'batch',
  asked: () => ({}),
  answered: (batch, { header }) => ({ ...batchFacts(batch), ...headerFacts(header) }),
  refused: refusedFacts,
});

/** `batches.retrieve` and `cancel`. `results` retrieves the batch first, which is no call of the user's. */
export const batchLook: Choice = { choose: () => (isInsideCall() ? undefined : looked) };

/** `batches.results`: an async iterable of one line per request. */
export const batchResults: Choice = { choose: ([id]) => resultsOf(text(id)) };

function batchFacts(batch: unknown) {
  const { id, processing_status } = fields(batch);
  return { responseId: text(id), responseStatus: text(processing_status) };
}

type ByModel = Map<string, Usage>;

/** How many lines of a batch's results were counted: whoever reads them again, or beside, counts on from there. */
const counted = new Map<string, number>();

function resultsOf(id: string | undefined): AnyCall {
  let line = 0;
  return call<Args, ByModel, unknown>({
    operation: 'batch',
    asked: () => ({}),
    answered: () => ({ responseId: id }),
    refused: refusedFacts,
    fold(soFar, result) {
      const used = soFar ?? new Map<string, Usage>();
      if (isNew(id, line++)) addLine(used, result);
      return used;
    },
    inner: (used, { asked }) =>
      [...used].map(([model, usage]): InnerCall => {
        const facts = { operation: 'chat', requestModel: model, responseModel: model, responseServiceTier: 'batch' };
        return { facts: { ...facts, serverAddress: asked.serverAddress, ...usage } };
      }),
  });
}

/** The results are a file that does not change, so a line is known by its number. */
function isNew(id: string | undefined, line: number): boolean {
  if (id === undefined) return true;
  if (line < (counted.get(id) ?? 0)) return false;
  counted.delete(id);
  counted.set(id, line + 1);
  if (counted.size > limits.ownedAnswersMax) for (const oldest of counted.keys()) return counted.delete(oldest);
  return true;
}

function addLine(used: ByModel, line: unknown): void {
  const { type, message } = fields(fields(line).result);
  const model = text(fields(message).model);
  // Requests that failed, expired or were cancelled are not billed.
  if (type !== 'succeeded' || model === undefined) return;
  const total: Record<string, number> = (used.get(model) as Record<string, number> | undefined) ?? {};
  for (const [name, tokens] of Object.entries(usageOf(fields(message).usage)))
    if (typeof tokens === 'number') total[name] = (total[name] ?? 0) + tokens;
  used.set(model, total);
}
