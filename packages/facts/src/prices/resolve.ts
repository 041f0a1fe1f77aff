import { canonicalProvider } from '../dialects/providers.ts';
import { limits } from '../limits.ts';
import { matches, namesToTry, plainName } from './match.ts';
import { noProvider, notPricedAt, providerAliases } from './overrides.ts';
import type { PriceRow, PriceTables } from './tables.ts';

/** Who was called, and by which names the model went. */
export interface Called {
  /** `gen_ai.provider.name`, or any other spelling. */
  provider?: string | undefined;
  requestModel?: string | undefined;
  responseModel?: string | undefined;
  /** Host of the API (`api.deepseek.com`). It says who bills better than a label does: clients for one provider are pointed at others. */
  serverAddress?: string | undefined;
}

/** The row of the table for a call, and who bills it (a reseller's row may be another provider's). Undefined when nobody knows. */
export function findRow(tables: PriceTables, called: Called): { row: PriceRow; biller: string } | undefined {
  const names = namesToTry(bounded(called.responseModel), bounded(called.requestModel));
  const said = bounded(called.provider);
  const label = said === undefined ? '' : canonicalProvider(said.trim()).toLowerCase();
  const anybody = label === '' || noProvider.has(label);
  const known =
    providerAt(tables, bounded(called.serverAddress)) ?? (anybody ? undefined : providerNamed(tables, label));
  if (known === undefined && !anybody) return undefined;

  for (const name of names) {
    const place = known === undefined ? guess(tables, name, label) : { biller: known, name };
    if (place === undefined) continue;
    const row = find(tables, place.biller, place.name);
    if (row === undefined) continue;
    const elsewhere = Object.hasOwn(notPricedAt, label) && notPricedAt[label]!.includes(`${row.provider}/${row.id}`);
    return elsewhere ? undefined : { row, biller: place.biller };
  }
  return undefined;
}

/** A name longer than any real one is no name: matching it would cost time in proportion. */
function bounded(text: string | undefined): string | undefined {
  return typeof text === 'string' && text.length <= limits.modelNameCharsMax ? text : undefined;
}

/** Also `openai/gpt-4o` at OpenAI: routers put the provider's name before the model's. */
function find(tables: PriceTables, provider: string, name: string): PriceRow | undefined {
  const row = tables.find(provider, name);
  if (row !== undefined) return row;
  const [prefix, rest] = cut(name);
  return rest !== undefined && providerNamed(tables, prefix) === provider ? tables.find(provider, rest) : undefined;
}

/**
 * No provider was named. Behind a router the prefix of the model may name it; otherwise the model's own name may be enough (`gpt-…`, `claude-…`).
 * Without a router a prefix decides nothing: `google/gemma-3` may run on the user's own machine.
 */
function guess(tables: PriceTables, name: string, label: string): { biller: string; name: string } | undefined {
  if (label !== '') {
    const [prefix, rest] = cut(name);
    const biller = rest === undefined ? undefined : providerNamed(tables, prefix);
    if (biller !== undefined) return { biller, name: rest! };
  }
  for (const { id, model } of tables.providers.values()) if (model && matches(model, name)) return { biller: id, name };
  return undefined;
}

function cut(name: string): [prefix: string, rest?: string] {
  const slash = name.indexOf('/');
  return slash <= 0 || slash === name.length - 1 ? [name] : [name.slice(0, slash), name.slice(slash + 1)];
}

/** The price table for a provider's name: by our aliases, then by its id, then as the table recognises names; `openai.chat` as `openai`. */
function providerNamed(tables: PriceTables, label: string): string | undefined {
  const name = plainName(canonicalProvider(label));
  if (Object.hasOwn(providerAliases, name)) return providerAliases[name] ?? undefined;
  if (tables.providers.has(name)) return name;
  for (const { id, provider } of tables.providers.values()) if (provider && matches(provider, name)) return id;
  const dot = name.lastIndexOf('.');
  return dot > 0 ? providerNamed(tables, name.slice(0, dot)) : undefined;
}

function providerAt(tables: PriceTables, address: string | undefined): string | undefined {
  if (address === undefined || address === '') return undefined;
  const url = address.includes('://') ? address : `https://${address.toLowerCase()}/`;
  return tables.apis.find(({ pattern }) => pattern.test(url))?.id;
}
