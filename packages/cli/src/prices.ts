import { TallyError } from '@tallyspan/facts';
import type { DataJob, Price, PriceInput, PriceList, UnpricedList } from '@tallyspan/server';
import { askServer } from './ask-server.ts';
import { followJob } from './data.ts';
import { columns } from './keys.ts';
import { dollars, grouped, printable } from './words.ts';

interface Asked {
  url: string;
  json?: boolean;
}

export interface SetPriceCommand extends Asked {
  tenant?: string;
  provider?: string;
  from?: string;
  note?: string;
  /** `input=2.5` and the like. */
  rate: string[];
}

export interface RepriceCommand extends Asked {
  from?: string;
  to?: string;
  tenant?: string;
  model?: string;
  apply?: boolean;
}

const PATH = '/api/v1/prices';

export async function listPrices({ url, json }: Asked): Promise<void> {
  const answer = await askServer<PriceList>({ url, path: PATH });
  if (json) return console.log(JSON.stringify(answer, null, 2));
  if (answer.prices.length === 0) return console.log(`All prices are those of ${printable(answer.tables)}.`);
  console.log(columns([['id', 'tenant', 'provider', 'model', 'from', 'rates'], ...answer.prices.map(row)]));
}

/** Sets a price under an id of one's own. Stored calls keep theirs until they are priced anew. */
export async function setPrice(id: string, model: string, options: SetPriceCommand): Promise<void> {
  const { url, json, tenant, provider, from, note, rate } = options;
  const rates = Object.fromEntries(rate.map(readRate)) as PriceInput['rates'];
  const body: PriceInput = { model, tenant, provider, from, note, rates };
  const price = await askServer<Price>({ url, path: `${PATH}/${encodeURIComponent(id)}`, method: 'PUT', body });
  console.log(json ? JSON.stringify(price, null, 2) : columns([row(price)]));
}

export async function deletePrice(id: string, { url, json }: Asked): Promise<void> {
  await askServer({ url, path: `${PATH}/${encodeURIComponent(id)}`, method: 'DELETE' });
  console.log(json ? JSON.stringify({ id, deleted: true }) : `The price ${printable(id)} is deleted.`);
}

export async function listUnpriced({ url, json }: Asked): Promise<void> {
  const answer = await askServer<UnpricedList>({ url, path: `${PATH}/unpriced` });
  if (json) return console.log(JSON.stringify(answer, null, 2));
  if (answer.models.length === 0) return console.log('Every call has a price.');
  const rows = answer.models.map(({ provider, model, calls, inputTokens, outputTokens, since }) =>
    [provider ?? '', model ?? '', grouped(calls), grouped(inputTokens), grouped(outputTokens), since].map(printable),
  );
  console.log(columns([['provider', 'model', 'calls', 'input', 'output', 'since'], ...rows]));
}

/** What pricing stored calls anew would change; with `apply`, changes it. */
export async function reprice({ url, json, from, to, tenant, model, apply }: RepriceCommand): Promise<void> {
  const body = { from: time('--from', from), to: time('--to', to), tenant, model, dryRun: !apply };
  const job = await followJob(url, await askServer<DataJob>({ url, path: `${PATH}/reprice`, method: 'POST', body }));
  if (json) return console.log(JSON.stringify(job, null, 2));
  const { spans, changed, oldUsd, newUsd, models } = job.repriced!;
  const rows = models
    .filter((each) => each.changed > 0)
    .map((each) => [
      ...[each.provider ?? '', each.model ?? '', grouped(each.calls), grouped(each.changed)],
      ...[dollars(each.oldUsd), dollars(each.newUsd)],
    ]);
  if (rows.length > 0)
    console.log(
      columns([['provider', 'model', 'calls', 'changed', 'was', 'is'], ...rows.map((each) => each.map(printable))]),
    );
  const verb = apply ? 'were changed' : 'would change; --apply changes them';
  console.log(`Of ${grouped(spans)} spans ${grouped(changed)} ${verb}: ${dollars(oldUsd)} → ${dollars(newUsd)}.`);
}

function row({ id, tenant, provider, model, from, rates }: Price): string[] {
  const shown = Object.entries(rates).map(([type, rate]) => `${type}=${rate}`);
  return [id, tenant ?? '', provider ?? '', model, from ?? '', shown.join(' ')].map(printable);
}

function readRate(text: string): [string, number] {
  const match = /^(\w+)=(\d+(?:\.\d+)?)$/.exec(text);
  if (match) return [match[1]!, Number(match[2])];
  throw badOption('--rate', text, 'A rate is a kind of token and dollars per million.', 'Write it like input=2.5.');
}

function time(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const at = new Date(text);
  if (!Number.isNaN(at.getTime())) return at.toISOString();
  throw badOption(option, text, 'It is no time.', 'Write it like 2026-11-21 or 2026-11-21T12:00:00Z.');
}

function badOption(option: string, value: string, why: string, fix: string): TallyError {
  return new TallyError('BAD_OPTION', { option, value: JSON.stringify(value), why, fix });
}
