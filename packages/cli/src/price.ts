import { loadPrices, TallyError, usdFromNanos } from '@tallyspan/facts';
import { dollars, grouped } from './words.ts';

export interface PriceCommand {
  provider?: string;
  input: string;
  output: string;
  cached: string;
  at?: string;
  json?: boolean;
}

/** What a call would cost, line by line, by the price table that this version carries. Needs no server. Throws BAD_OPTION or MODEL_UNPRICED. */
export async function price(model: string, options: PriceCommand): Promise<void> {
  const prices = await loadPrices();
  const at = options.at === undefined ? new Date() : new Date(options.at);
  if (Number.isNaN(at.getTime())) throw badOption('--at', options.at!, 'A time is written like 2026-11-21.');
  const [inputTokens, outputTokens, cacheReadTokens] = [
    tokens('--input', options.input),
    tokens('--output', options.output),
    tokens('--cached', options.cached),
  ];
  const usage = { inputTokens, outputTokens, cacheReadTokens };
  const cost = prices.price({ provider: options.provider, requestModel: model, usage, at });
  if (cost?.nanos === undefined) throw new TallyError('MODEL_UNPRICED', { model: JSON.stringify(model) });
  const total = usdFromNanos(cost.nanos);
  if (options.json) {
    const lines = cost.lines.map(({ nanos, ...line }) => ({ ...line, costUsd: usdFromNanos(nanos) }));
    console.log(JSON.stringify({ priceId: cost.priceId, version: cost.version, costUsd: total, lines }, null, 2));
    return;
  }
  const lines = cost.lines.map(
    ({ type, tokens: count, usdPerMillion, nanos }) =>
      `  ${type.padEnd(12)} ${grouped(count).padStart(12)} tokens × $${usdPerMillion} per million = ${dollars(usdFromNanos(nanos))}`,
  );
  console.log([`${cost.priceId} by ${cost.version}`, ...lines, `Total: ${dollars(total)}`].join('\n'));
}

function tokens(option: string, text: string): number {
  const count = /^\d{1,12}$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(count)) return count;
  throw badOption(option, text, 'Tokens are a whole number.');
}

function badOption(option: string, value: string, why: string): TallyError {
  return new TallyError('BAD_OPTION', {
    option,
    value: JSON.stringify(value),
    why,
    fix: 'See tallyspan price --help.',
  });
}
