import type { Price, PriceInput } from '@tallyspan/server';

type RateType = keyof PriceInput['rates'];

/** What each kind of token is called in the form; those of the first row are asked for always. */
export const RATES: Readonly<Record<RateType, string>> = {
  input: 'Input',
  output: 'Output',
  cache_read: 'Cache read',
  cache_write: 'Cache write',
  cache_write_1h: 'Cache write, 1 h',
  reasoning: 'Reasoning',
  input_audio: 'Audio input',
  cache_read_audio: 'Audio cache read',
  output_audio: 'Audio output',
  input_image: 'Image input',
  output_image: 'Image output',
  request: 'Per call',
};
export const RATE_TYPES = Object.keys(RATES) as RateType[];
export const RATES_AT_FIRST = 4;

/** A price as it stands in the form. */
export interface PriceDraft {
  model: string;
  provider: string;
  tenant: string;
  from: string;
  note: string;
  rates: Readonly<Partial<Record<RateType, string>>>;
}

export function draftOf(price: Partial<Price>): PriceDraft {
  const { model = '', provider = '', tenant = '', from = '', note = '', rates = {} } = price;
  return {
    ...{ model, provider, tenant, from, note },
    rates: Object.fromEntries(Object.entries(rates).map(([type, rate]) => [type, String(rate)])),
  };
}

/** What is wrong with it, by field; nothing when it can be sent. */
export function problemsOf({ model, from, rates }: PriceDraft): Readonly<Record<string, string>> {
  const given = Object.entries(rates).filter(([, text]) => text.trim() !== '');
  const bad = given.filter(([, text]) => !/^\d{1,9}(\.\d{1,12})?$/.test(text.trim()));
  return {
    ...(model.trim() === '' && { model: 'Which model?' }),
    ...(/\*./.test(model) && { model: 'A star stands at the end.' }),
    ...(from !== '' && !/^\d{4}-\d{2}-\d{2}$/.test(from) && { from: 'Write it like 2026-11-21.' }),
    ...(given.length === 0 && { input: 'Give at least one price.' }),
    ...Object.fromEntries(bad.map(([type]) => [type, 'Write dollars like 2.5.'])),
  };
}

export function inputOf(draft: PriceDraft): PriceInput {
  const { model, provider, tenant, from, note, rates } = draft;
  const texts = Object.entries({ provider, tenant, from, note }).flatMap(([name, text]) =>
    text.trim() === '' ? [] : [[name, text.trim()]],
  );
  return {
    model: model.trim(),
    ...Object.fromEntries(texts),
    rates: Object.fromEntries(
      Object.entries(rates).flatMap(([type, text]) => (text.trim() === '' ? [] : [[type, Number(text)]])),
    ),
  };
}
