/**
 * All budgets of this server, in memory: what was spent, what askers hold, what may be spent still.
 *
 *   drain ─► store.add ─► count(new spans) ─► accounts ─► decide, exchange, list
 *                ▲                               ▲
 *                └── one at a time with ─────────┘ sums from the store: at the start, of a new budget, and now and then
 *
 * A sum from the store and the adding of spans exclude each other, so that a span is either in the sum or counted after it.
 */
import { randomUUID } from 'node:crypto';
import { limits, NANOS_PER_MS } from '@tallyspan/facts';
import { Gate, type Objects, type Store, type StoredObject, type StoredSpan } from '@tallyspan/store';
import { describeError, type Report } from '../report.ts';
import { Account } from './account.ts';
import type { Amounts } from './amounts.ts';
import {
  amountsFrom,
  amountsOf,
  type BudgetDefinition,
  filterOf,
  isInScope,
  type Whose,
  whoseSpan,
} from './definition.ts';
import { windowAt } from './window.ts';

/** A budget has reached one of its thresholds. */
export interface ThresholdEvent {
  account: Account;
  /** In percent. */
  threshold: number;
}

export interface BudgetsOptions {
  objects: Objects;
  store: Pick<Store, 'costs'>;
  report: Report;
  /** Whether other servers may use the same store and the same definitions. Default false. */
  shared?: boolean;
  /** Unix milliseconds. Default: the clock. */
  now?: () => number;
  onThreshold?: (event: ThresholdEvent) => void;
}

export type StoredBudget = StoredObject<BudgetDefinition>;

interface Tracked {
  object: StoredBudget;
  /** The version since which its scope and window are what they are. */
  generation: number;
  /** By key. One of the calendar, or one for each run. */
  accounts: Map<string, Account>;
}

const BUDGETS = 'budgets';
const SERVERS = 'budget-servers';

export class Budgets {
  /** Servers that share the store: each gives out only its part of what is left. */
  servers = 1;
  readonly #options: BudgetsOptions;
  readonly #now: () => number;
  readonly #line = new Gate(1);
  readonly #tracked = new Map<string, Tracked>();
  readonly #epoch = randomUUID().slice(0, 8);
  #timer: NodeJS.Timeout | undefined;
  #refreshedMs = 0;
  #announcedMs = 0;
  #ticking: Promise<void> = Promise.resolve();

  constructor(options: BudgetsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Reads the definitions and sums up. Must be done before the drain starts. */
  async start(): Promise<void> {
    await this.#countServers();
    await this.sync();
    this.#refreshedMs = this.#now();
    this.#timer = setInterval(() => {
      this.#ticking = this.#ticking.then(() => this.#tick());
    }, limits.objectsStaleMsMax * 2);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#ticking;
    if (this.#options.shared) await this.#options.objects.delete(SERVERS, this.#epoch);
  }

  /** The same store, with everything that is added to it counted. */
  watch<Watched extends Pick<Store, 'add'> & Partial<Pick<Store, 'replace'>>>(store: Watched): Watched {
    const { replace } = store;
    const add: Store['add'] = (spans, position, onNew) =>
      this.#line.run(() =>
        store.add(spans, position, (fresh) => {
          this.count(fresh);
          onNew?.(fresh);
        }),
      );
    return {
      ...store,
      add,
      ...(replace && {
        replace: (replacements: Parameters<NonNullable<Store['replace']>>[0]) =>
          this.#line.run(async () => {
            await replace(replacements);
            for (const { span, was } of replacements) {
              if (was) this.count([was], -1n);
              else this.#distrust(span);
              this.count([span], 1n);
            }
          }),
      }),
    };
  }

  /** Spans that are in the store now and were not before; with −1, the reverse. */
  count(spans: readonly StoredSpan[], sign: 1n | -1n = 1n): void {
    if (this.#tracked.size === 0) return;
    const touched = new Set<Account>();
    for (const span of spans) {
      const amounts = amountsOf(span);
      if (!amounts) continue;
      const whose = whoseSpan(span);
      for (const tracked of this.#tracked.values()) {
        if (!tracked.object.body.enabled || !isInScope(tracked.object.body.scope, whose)) continue;
        const account = this.#accountOf(tracked, whose);
        if (!account || !lies(span.start, account)) continue;
        account.count(amounts, sign);
        this.#arrived(account, span, amounts, sign);
        touched.add(account);
      }
    }
    for (const account of touched) if (account.loaded) this.#tell(account);
  }

  /** By id; of one tenant only when that is given. */
  list(tenant?: string): StoredBudget[] {
    const all = [...this.#tracked.values()].map(({ object }) => object);
    const own = tenant === undefined ? all : all.filter(({ body }) => body.scope.tenant === tenant);
    return own.sort((left, right) => (left.id < right.id ? -1 : 1));
  }

  get(id: string, tenant?: string): StoredBudget | undefined {
    return this.list(tenant).find((budget) => budget.id === id);
  }

  /** What stands in this budget: the account of now, or of the run that is nearest to its limit. Undefined where there is none. */
  accountNow(id: string): Account | undefined {
    const tracked = this.#tracked.get(id);
    if (!tracked?.object.body.enabled) return undefined;
    if (tracked.object.body.window !== 'run') return this.#accountOf(tracked, undefined);
    return [...tracked.accounts.values()].sort((left, right) => right.percent - left.percent)[0];
  }

  /** Throws OBJECT_CHANGED when another version than `expected` is there. */
  async put(id: string, definition: BudgetDefinition, expected?: number): Promise<StoredBudget> {
    const object = await this.#options.objects.put(BUDGETS, id, definition, expected);
    await this.sync();
    return object;
  }

  async delete(id: string): Promise<boolean> {
    const was = await this.#options.objects.delete(BUDGETS, id);
    await this.sync();
    return was;
  }

  /** Takes over what was defined, here or by another server, and sums up what is new. */
  async sync(): Promise<void> {
    const stored = await this.#options.objects.list<BudgetDefinition>(BUDGETS);
    const ids = new Set(stored.map(({ id }) => id));
    for (const id of this.#tracked.keys()) if (!ids.has(id)) this.#tracked.delete(id);
    for (const object of stored) this.#track(object);
    await this.#load(this.#unloaded());
  }

  /** Compares every sum with the store: after a deletion or a new price nothing else would tell. Those of runs as well when asked to. */
  async refresh(withRuns = false): Promise<void> {
    this.#refreshedMs = this.#now();
    // Runs are short and many. Only another server's spans make it worth to sum them again.
    for (const { accounts } of this.#tracked.values())
      for (const account of accounts.values()) if (account.span || withRuns || this.servers > 1) account.loaded = false;
    await this.#load(this.#unloaded());
  }

  /**
   * The accounts that a call has to fit into: those of enabled budgets that block. A run that was never asked about is summed up first,
   * which is the only time that the store is asked.
   */
  accountsFor(whose: Whose): Account[] | Promise<Account[]> {
    const found: Account[] = [];
    for (const tracked of this.#tracked.values()) {
      const { enabled, action, scope } = tracked.object.body;
      if (!enabled || action !== 'block' || !isInScope(scope, whose)) continue;
      const account = this.#accountOf(tracked, whose);
      if (account) found.push(account);
    }
    const runs = found.filter((account) => account.run && !account.loaded);
    return runs.length === 0 ? found : this.#load(runs).then(() => found);
  }

  /** By the name that askers know. */
  accountByKey(key: string): Account | undefined {
    const tracked = this.#tracked.get(key.slice(0, Math.max(0, key.indexOf('.'))));
    return tracked?.object.body.enabled ? tracked.accounts.get(key) : undefined;
  }

  nowMs(): number {
    return this.#now();
  }

  nowNanos(): bigint {
    return BigInt(Math.round(this.#now() * 1_000)) * (NANOS_PER_MS / 1_000n);
  }

  #track(object: StoredBudget): void {
    const known = this.#tracked.get(object.id);
    if (known?.object.version === object.version && known.object.changedAt === object.changedAt) return;
    const same =
      known &&
      known.object.body.window === object.body.window &&
      JSON.stringify(known.object.body.scope) === JSON.stringify(object.body.scope) &&
      known.object.body.enabled === object.body.enabled;
    if (same) {
      known.object = object;
      for (const account of known.accounts.values()) account.definition = object.body;
      return;
    }
    const tracked: Tracked = { object, generation: object.version, accounts: new Map() };
    this.#tracked.set(object.id, tracked);
    if (object.body.enabled && object.body.window !== 'run') this.#accountOf(tracked, undefined);
  }

  /** The account of now; made when the window has changed since the last. Undefined for a call outside of any run, in a budget of runs. */
  #accountOf(tracked: Tracked, whose: Whose | undefined): Account | undefined {
    const { object, generation, accounts } = tracked;
    const { window } = object.body;
    const head = `${object.id}.${generation}@`;
    if (window === 'run') {
      if (whose?.run === undefined) return undefined;
      const key = `${head}${JSON.stringify([whose.tenant, whose.run])}`;
      const known = accounts.get(key);
      if (known) return known;
      if (accounts.size >= limits.budgetRunsMax) accounts.delete(accounts.keys().next().value!);
      const run = { tenant: whose.tenant, id: whose.run };
      return this.#open(accounts, new Account(key, object.id, object.body, { run }, this.#epoch));
    }
    const current = accounts.values().next().value;
    const now = this.nowNanos();
    if (current?.span && now >= current.span.from && now < current.span.to) return current;
    const span = windowAt(window, now);
    accounts.clear();
    const key = `${head}${new Date(Number(span.from / NANOS_PER_MS)).toISOString()}`;
    return this.#open(accounts, new Account(key, object.id, object.body, { span }, this.#epoch));
  }

  #open(accounts: Map<string, Account>, account: Account): Account {
    accounts.set(account.key, account);
    return account;
  }

  /** Of an asker with a key of one tenant, or with one of all or none. */
  #arrived({ leases }: Account, { facts }: StoredSpan, amounts: Amounts, sign: 1n | -1n): void {
    if (facts.budgetAsker === undefined) return;
    const ofTenant = askerOf(facts.budgetAsker, facts.tenant);
    if (!leases.arrived(ofTenant, amounts, sign, this.#now()))
      leases.arrived(facts.budgetAsker, amounts, sign, this.#now());
  }

  /** Runs that nobody asked about have time: a few of them each second. */
  #unloaded(): Account[] {
    const all = [...this.#tracked.values()].flatMap(({ accounts }) => [...accounts.values()]);
    const unloaded = all.filter(({ loaded }) => !loaded);
    return [...unloaded.filter(({ span }) => span), ...unloaded.filter(({ run }) => run).slice(0, RUNS_AT_ONCE)];
  }

  /** Compares these with the store, one after the other, and lets spans in between. */
  async #load(accounts: readonly Account[]): Promise<void> {
    for (const account of accounts) {
      const where = account.run ? { tenant: account.run.tenant, runId: account.run.id } : account.span!;
      await this.#line.run(async () => {
        const { total } = await this.#options.store.costs([], { ...filterOf(account.definition.scope), ...where });
        account.total = amountsFrom(total);
      });
      this.#tell(account);
    }
  }

  /** What was replaced is not known: its budgets are summed anew. */
  #distrust(span: StoredSpan): void {
    for (const { accounts } of this.#tracked.values())
      for (const account of accounts.values()) if (lies(span.start, account)) account.loaded = false;
  }

  async #tick(): Promise<void> {
    try {
      await this.#countServers();
      const everyMs = this.servers > 1 ? limits.budgetRefreshSharedMs : limits.budgetRefreshMs;
      await this.sync();
      if (this.#now() - this.#refreshedMs >= everyMs) await this.refresh();
    } catch (error) {
      this.#options.report(`Budgets could not be compared with the store: ${describeError(error)}`);
    }
  }

  /** Each says now and then that it is there; who has not for a while is gone. */
  async #countServers(): Promise<void> {
    const { objects, shared } = this.#options;
    const now = this.#now();
    if (!shared || now - this.#announcedMs < limits.budgetServersMs / 4) return;
    this.#announcedMs = now;
    await objects.put(SERVERS, this.#epoch, { atMs: now });
    const all = await objects.list<{ atMs: number }>(SERVERS);
    const gone = all.filter(({ body }) => now - body.atMs > limits.budgetServersMs);
    for (const { id } of gone) await objects.delete(SERVERS, id);
    this.servers = Math.max(1, all.length - gone.length);
  }

  #tell(account: Account): void {
    const { percent, told } = account;
    const reached = Math.max(0, ...account.definition.thresholds.filter((threshold) => percent >= threshold));
    if (reached <= told) return;
    account.told = reached;
    this.#options.onThreshold?.({ account, threshold: reached });
  }
}

const RUNS_AT_ONCE = 20;

/** Askers of different tenants are different, whatever they call themselves. */
export function askerOf(asker: string, tenant: string | undefined): string {
  return tenant === undefined ? asker : `${tenant}\n${asker}`;
}

function lies(start: bigint, { span }: Account): boolean {
  return !span || (start >= span.from && start < span.to);
}
