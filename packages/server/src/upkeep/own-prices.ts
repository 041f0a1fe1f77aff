/** Prices that people set, put before those of the tables. */
import { type OwnPrice, type Prices, withOwnPrices } from '@tallyspan/facts';
import type { Objects, StoredObject } from '@tallyspan/store';

export type PriceDefinition = Omit<OwnPrice, 'id' | 'version'> & { note?: string | undefined };
export type StoredPrice = StoredObject<PriceDefinition>;

const PRICES = 'prices';

export class OwnPrices {
  readonly #objects: Objects;
  readonly #tables: Prices;
  #known: readonly StoredPrice[] = [];
  #shape = '';
  #all: Prices;

  constructor(objects: Objects, tables: Prices) {
    this.#objects = objects;
    this.#tables = tables;
    this.#all = tables;
  }

  /** As they are now, whenever they are asked. */
  get prices(): Prices {
    return { version: this.#tables.version, price: (call) => this.#all.price(call) };
  }

  /** Whether it matters to a price whose call it is. */
  get hasOfTenants(): boolean {
    return this.#known.some(({ body }) => body.tenant !== undefined);
  }

  /** Also sees what other servers changed. */
  async load(): Promise<void> {
    const known = await this.#objects.list<PriceDefinition>(PRICES);
    const shape = JSON.stringify(known.map(({ id, version, changedAt }) => [id, version, changedAt]));
    if (shape === this.#shape) return;
    this.#all = withOwnPrices(
      this.#tables,
      known.map(({ id, version, body }) => ({ ...body, id, version })),
    );
    [this.#known, this.#shape] = [known, shape];
  }

  /** Of one tenant those that are about it. */
  list(tenant?: string): StoredPrice[] {
    return this.#known.filter(({ body }) => tenant === undefined || (body.tenant ?? tenant) === tenant);
  }

  get(id: string): StoredPrice | undefined {
    return this.#known.find((price) => price.id === id);
  }

  async put(id: string, definition: PriceDefinition, expected?: number): Promise<StoredPrice> {
    const stored = await this.#objects.put(PRICES, id, definition, expected);
    await this.load();
    return stored;
  }

  async delete(id: string): Promise<boolean> {
    const was = await this.#objects.delete(PRICES, id);
    await this.load();
    return was;
  }
}
