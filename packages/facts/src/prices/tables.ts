import { type MatchLogic, matches, spellDates } from './match.ts';
import type { Override } from './overrides.ts';
import { compile, type ConditionalRates, type ConditionalRatesJson, type RatesJson } from './rates.ts';

/** One provider of the generated tables. Its models are JSON text, parsed when the provider is first met: most processes use one or two. */
export interface ProviderTable {
  id: string;
  /** Regular expression for the start of the URL of its API. */
  api: string;
  /** Recognises other spellings of the provider's name. */
  provider?: MatchLogic;
  /** Recognises the provider by the name of a model, where a span names none. */
  model?: MatchLogic;
  /** Providers whose models it resells at their price. */
  fallbacks?: readonly string[];
  models: string;
}

/** `["gpt-4o", ["gpt-4o", "gpt-4o-2024-08-06"], {"input": 2.5, "output": 10}]` */
type ModelJson = [id: string, match: MatchLogic, rates: RatesJson | ConditionalRatesJson[]];

/** A model's prices, ready for use. */
export interface PriceRow {
  provider: string;
  id: string;
  rates: ConditionalRates[];
  overridden: boolean;
}

export class PriceTables {
  readonly providers: ReadonlyMap<string, ProviderTable>;
  /** Whose API answers at a URL. */
  readonly apis: readonly { id: string; pattern: RegExp }[];
  readonly #overrides: readonly Override[];
  readonly #models = new Map<string, ModelJson[]>();
  /** At most one entry per model of the tables and per override, whatever names spans carry. */
  readonly #rows = new Map<string, PriceRow>();

  constructor(providers: readonly ProviderTable[], overrides: readonly Override[]) {
    this.providers = new Map(providers.map((provider) => [provider.id, provider]));
    this.apis = providers.map(({ id, api }) => ({ id, pattern: new RegExp(`^(?:${api})`) }));
    this.#overrides = overrides;
  }

  /** How many providers' models have been parsed so far. */
  get parsedCount(): number {
    return this.#models.size;
  }

  /** The row for a model's name, plain; first as it is, then with its date spelled as the tables spell dates. */
  find(provider: string, name: string): PriceRow | undefined {
    const spelled = spellDates(name);
    return this.#lookUp(provider, name) ?? (spelled === name ? undefined : this.#lookUp(provider, spelled));
  }

  #lookUp(provider: string, name: string): PriceRow | undefined {
    const table = this.providers.get(provider);
    if (table === undefined) return undefined;
    for (const id of [provider, ...(table.fallbacks ?? [])]) {
      const model = this.#modelsOf(id).find(([, match]) => matches(match, name));
      if (model !== undefined) return this.#row(id, model);
    }
    return this.#overrides.some((one) => one.provider === provider && one.model === name)
      ? this.#row(provider, [name, name, []])
      : undefined;
  }

  #modelsOf(provider: string): ModelJson[] {
    let models = this.#models.get(provider);
    if (models === undefined) {
      models = JSON.parse(this.providers.get(provider)?.models ?? '[]') as ModelJson[];
      this.#models.set(provider, models);
    }
    return models;
  }

  #row(provider: string, [id, , rates]: ModelJson): PriceRow {
    const key = `${provider}/${id}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      const own = this.#overrides.filter((one) => one.provider === provider && one.model === id);
      const rows = [...(Array.isArray(rates) ? rates : [{ rates }]), ...own];
      row = { provider, id, rates: compile(rows), overridden: own.length > 0 };
      this.#rows.set(key, row);
    }
    return row;
  }
}
