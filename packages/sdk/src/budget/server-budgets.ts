/**
 * Budgets that the server keeps, for this process: asked for with `init({ budgets: true })` or `TALLYSPAN_BUDGETS=true`.
 *
 * A call is decided here, within the leases of the budgets that it belongs to. The server is asked
 *   - by the first call of a scope (tenant, agent, role, provider, model, user), which waits for the answer;
 *   - in the background, when half of a lease is used or half of its time is over;
 *   - by a call that does not fit into what is left of a lease, which waits.
 * No call waits longer than `waitMs`. What happens then, and while the server cannot be reached, says `fail`: what is left of the last
 * lease is used up first; then calls pass, marked (`tally.budget.outcome: not_checked`), or are refused.
 */
import { limits } from '@tallyspan/facts';
import { newSpanId } from '../ids.ts';
import { post, type Target } from '../otlp/post.ts';
import { BudgetExceededError } from './budget-exceeded-error.ts';
import type { Used } from './budget.ts';
import type { Estimate } from './estimate.ts';
import { type Amounts, Lease, nothing, type Terms, type Unit, units } from './lease.ts';
import { type Answer, type CallScope, readAnswer, writeAsk } from './lease-wire.ts';

export interface ServerBudgetsOptions {
  /** Where `POST /api/v1/budgets/leases` is. */
  target: Target;
  fail: 'open' | 'closed';
  waitMs: number;
  /** Whether spans carry `tally.budget.asker`, by which the server knows which of them it was told of already. */
  traced: boolean;
}

/** A call that was let through. */
export interface Admitted {
  /** Whose part of the budgets it is from; undefined when it belongs to none. */
  asker: string | undefined;
  /** Whether nobody could say that it may be made. */
  unchecked: boolean;
  settle(used: Used): void;
  /** It was not made after all. */
  cancel(): void;
}

interface Scope {
  leases: Lease[];
  /** Whether a run has a budget of its own, so that each must be asked for. */
  byRun: boolean;
  askedAtMs: number;
  freshUntilMs: number;
}

interface Waiting {
  key: string;
  scope: CallScope;
  estimate: Amounts;
  timer: NodeJS.Timeout;
  resolve(admitted: Admitted): void;
  reject(refusal: unknown): void;
}

const SCOPES_MAX = 10_000;
/** Leases that are told of in one request: a process has a few, but one for each run where runs have budgets. */
const REPORTS_MAX = 100;
/** The server forgot us this often while one call waits: then it is not going to remember. */
const RESETS_MAX = 3;
const CLOSED = new Set(['ECONNRESET', 'EPIPE']);
/** A call like one that was just refused is refused without asking. */
const REFUSED_MS = 100;

export class ServerBudgets {
  readonly #options: ServerBudgetsOptions;
  #asker = newSpanId();
  readonly #leases = new Map<string, Lease>();
  readonly #scopes = new Map<string, Scope>();
  #waiting: Waiting[] = [];
  #asking = false;
  #failures = 0;
  #askAgainAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #lastScope: CallScope = {};

  constructor(options: ServerBudgetsOptions) {
    this.#options = options;
  }

  /** Throws {@link BudgetExceededError} when the call must not be made; a promise when the server has to be asked. */
  admit(scope: CallScope, estimate: Estimate): Admitted | Promise<Admitted> {
    const amounts: Amounts = { usd: estimate.nanos ?? 0n, tokens: estimate.tokens, calls: 1n };
    const now = performance.now();
    const { key, known } = this.#find(scope);
    if (known && now < known.freshUntilMs) {
      const short = known.leases.find((lease) => now >= lease.validUntilMs || lease.lacks(amounts) !== undefined);
      if (!short) return this.#pass(known, scope, amounts, now);
      const { refused } = short;
      if (refused && now < refused.untilMs && units.every((unit) => amounts[unit] >= refused.estimate[unit]))
        throw refusalBy(short, amounts, scope);
    }
    if (now < this.#askAgainAtMs) return this.#withoutServer(scope, amounts);
    return this.#wait(key, scope, amounts);
  }

  #find(scope: CallScope): { key: string; known: Scope | undefined } {
    const { tenant, agent, role, provider, model, user, run } = scope;
    const base = JSON.stringify([tenant, agent, role, provider, model, user, run !== undefined]);
    const known = this.#scopes.get(base);
    if (!known?.byRun) return { key: base, known };
    const key = `${base}${run}`;
    return { key, known: this.#scopes.get(key) };
  }

  #pass(known: Scope, scope: CallScope, amounts: Amounts, now: number): Admitted {
    this.#lastScope = scope;
    const admitted = this.#hold(known.leases, amounts, false);
    const halfOver = (now - known.askedAtMs) * 2 > known.freshUntilMs - known.askedAtMs;
    if ((halfOver || known.leases.some((lease) => lease.runsLow())) && !this.#asking && now >= this.#askAgainAtMs)
      void this.#renew(scope);
    return admitted;
  }

  #hold(leases: readonly Lease[], amounts: Amounts, unchecked: boolean): Admitted {
    if (leases.length === 0) return { asker: undefined, unchecked, settle: () => {}, cancel: () => {} };
    for (const lease of leases) lease.hold(amounts, 1n);
    this.#keepAlive();
    let open = true;
    const end = (used: Amounts | undefined) => {
      if (!open) return;
      open = false;
      for (const lease of leases) {
        lease.hold(amounts, -1n);
        if (used) lease.spend(used);
      }
    };
    return {
      asker: this.#options.traced ? this.#asker : undefined,
      unchecked,
      settle: ({ nanos, tokens }) => end({ usd: nanos ?? 0n, tokens: tokens ?? 0n, calls: 1n }),
      cancel: () => end(undefined),
    };
  }

  #wait(key: string, scope: CallScope, estimate: Amounts): Promise<Admitted> {
    return new Promise((resolve, reject) => {
      // The answer may have arrived while the program was busy: it is looked at before the time counts as over.
      const timer = setTimeout(() => setImmediate(() => this.#giveUp(waiting)), this.#options.waitMs);
      const waiting: Waiting = { key, scope, estimate, timer, resolve, reject };
      this.#waiting.push(waiting);
      // Calls that are made together are asked for together.
      if (!this.#asking) {
        this.#asking = true;
        setImmediate(() => void this.#pump());
      }
    });
  }

  #giveUp(waiting: Waiting): void {
    if (!this.#waiting.includes(waiting)) return;
    this.#waiting = this.#waiting.filter((each) => each !== waiting);
    this.#decideWithoutServer(waiting);
  }

  async #pump(): Promise<void> {
    try {
      for (let resets = 0; this.#waiting.length > 0;) {
        const { key, scope } = this.#waiting[0]!;
        const group = this.#waiting.filter((each) => each.key === key);
        const need = nothing();
        for (const { estimate } of group) for (const unit of units) need[unit] += estimate[unit];
        const outcome = await this.#ask(scope, need, true);
        if (outcome === 'reset' && resets++ < RESETS_MAX) continue;
        const answered = new Set(group);
        const still = this.#waiting.filter((each) => answered.has(each));
        this.#waiting = this.#waiting.filter((each) => !answered.has(each));
        for (const waiting of still) {
          clearTimeout(waiting.timer);
          if (outcome === 'ok') this.#decide(waiting);
          else this.#decideWithoutServer(waiting);
        }
      }
    } finally {
      this.#asking = false;
    }
  }

  /** After the server has answered: what does not fit now is refused. */
  #decide({ scope, estimate, resolve, reject }: Waiting): void {
    const { known } = this.#find(scope);
    const short = known?.leases.find((lease) => lease.lacks(estimate) !== undefined);
    if (!short) return resolve(this.#hold(known?.leases ?? [], estimate, false));
    short.refused = { untilMs: performance.now() + REFUSED_MS, estimate };
    reject(refusalBy(short, estimate, scope));
  }

  #decideWithoutServer({ scope, estimate, timer, resolve, reject }: Waiting): void {
    clearTimeout(timer);
    try {
      resolve(this.#withoutServer(scope, estimate));
    } catch (refusal) {
      reject(refusal);
    }
  }

  /** By the last leases while they last; then by policy. */
  #withoutServer(scope: CallScope, estimate: Amounts): Admitted {
    const leases = this.#find(scope).known?.leases ?? [];
    const known = this.#find(scope).known !== undefined;
    const short = leases.find((lease) => lease.lacks(estimate) !== undefined);
    if (known && !short) return this.#hold(leases, estimate, false);
    // It was used up when the server last said so, and its window is not over.
    if (short && isUsedUp(short)) throw refusalBy(short, estimate, scope);
    if (this.#options.fail === 'closed') throw unreachable(scope);
    return this.#hold(leases, estimate, true);
  }

  async #renew(scope: CallScope): Promise<void> {
    this.#asking = true;
    try {
      const rounds = Math.ceil(this.#leases.size / REPORTS_MAX) || 1;
      for (let round = 0; round < rounds; round++)
        if ((await this.#ask(scope, nothing(), false)) !== 'ok' || this.#waiting.length > 0) break;
    } finally {
      this.#asking = false;
    }
    if (this.#waiting.length > 0 && !this.#asking) {
      this.#asking = true;
      void this.#pump();
    }
  }

  async #ask(scope: CallScope, need: Amounts, hold: boolean): Promise<'ok' | 'failed' | 'reset'> {
    const sentAtMs = performance.now();
    const told = this.#toTell(scope);
    const body = writeAsk(this.#asker, this.#options.traced, scope, need, told);
    for (const lease of told) lease.untold = false;
    let sent = await post(this.#options.target, body, hold);
    // A connection that was kept open and has been closed at the other end meanwhile says nothing about the server.
    if (sent.outcome === 'again' && CLOSED.has(sent.reason)) sent = await post(this.#options.target, body, hold);
    const answer = sent.outcome === 'ok' ? readAnswer(sent.body) : undefined;
    if (!answer) {
      for (const lease of told) lease.untold = true;
      const pause = Math.min(limits.budgetRetryMs * 2 ** this.#failures++, limits.budgetRetryMsMax);
      this.#askAgainAtMs = performance.now() + pause;
      return 'failed';
    }
    this.#failures = 0;
    this.#askAgainAtMs = 0;
    return this.#take(scope, answer, sentAtMs, told);
  }

  /** The leases of this scope, and others that are in use or of which something is not told yet. */
  #toTell(scope: CallScope): Lease[] {
    const told = new Set(this.#find(scope).known?.leases.filter((lease) => this.#leases.get(lease.account) === lease));
    for (const lease of this.#leases.values()) {
      if (told.size >= REPORTS_MAX) break;
      if (lease.untold || lease.open.calls > 0n) told.add(lease);
    }
    // The next time others come first.
    for (const lease of told) {
      this.#leases.delete(lease.account);
      this.#leases.set(lease.account, lease);
    }
    return [...told];
  }

  #take(scope: CallScope, answer: Answer, sentAtMs: number, told: readonly Lease[]): 'ok' | 'reset' {
    const forgotten = answer.leases.some(({ account, terms }) => {
      const lease = this.#leases.get(account);
      return lease && lease.serial !== terms.serial;
    });
    if (forgotten) {
      // It started anew. What ended before is stored or on its way; we are somebody new to it, so that nothing counts twice.
      this.#asker = newSpanId();
      this.#leases.clear();
      this.#scopes.clear();
      return 'reset';
    }
    const now = Date.now();
    const until = ({ window, retryAt }: Terms) => {
      // A call of the next window must not be made from this one's lease.
      const windowMs = window === 'run' || retryAt === undefined ? Infinity : Date.parse(retryAt) - now;
      return sentAtMs + Math.min(answer.ttlMs, Math.max(0, windowMs));
    };
    const named = new Set(answer.leases.map(({ account }) => account));
    for (const { account } of told) if (!named.has(account)) this.#leases.delete(account);
    for (const { account, terms } of answer.leases) {
      const lease = this.#leases.get(account) ?? new Lease(account, terms);
      lease.renew(terms, until(terms));
      lease.refused = undefined;
      this.#leases.set(account, lease);
    }
    const leases = answer.leases.filter(({ inScope }) => inScope).map(({ account }) => this.#leases.get(account)!);
    this.#remember(scope, { leases, askedAtMs: sentAtMs, freshUntilMs: sentAtMs + answer.ttlMs });
    return 'ok';
  }

  #remember(scope: CallScope, found: Omit<Scope, 'byRun'>): void {
    if (this.#scopes.size >= SCOPES_MAX) this.#scopes.delete(this.#scopes.keys().next().value!);
    const { tenant, agent, role, provider, model, user, run } = scope;
    const base = JSON.stringify([tenant, agent, role, provider, model, user, run !== undefined]);
    const byRun = found.leases.some(({ terms }) => terms.window === 'run');
    this.#scopes.set(base, { ...found, byRun });
    if (byRun) this.#scopes.set(`${base}${run}`, { ...found, byRun });
  }

  /** While calls are under way their leases must not end; what nobody uses is given back. Never keeps the process running. */
  #keepAlive(): void {
    this.#timer ??= setInterval(() => this.#beat(), limits.budgetLeaseMs / 2).unref();
  }

  #beat(): void {
    const now = performance.now();
    let busy = false;
    for (const lease of this.#leases.values()) {
      if (lease.open.calls > 0n || now - lease.usedAtMs < limits.budgetLeaseMs / 2) busy = true;
      else if (now - lease.usedAtMs > limits.budgetForgetMs / 2) this.#leases.delete(lease.account);
      else lease.giveBack();
    }
    const untold = [...this.#leases.values()].some((lease) => lease.untold);
    if (!busy && !untold) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else if (!this.#asking && now >= this.#askAgainAtMs) void this.#renew(this.#lastScope);
  }
}

function isUsedUp({ terms }: Lease): boolean {
  const { limit, spent, limited, retryAt } = terms;
  if (!limit || !spent || (retryAt !== undefined && Date.parse(retryAt) <= Date.now())) return false;
  return limited.some((unit) => (spent[unit] ?? 0n) >= (limit[unit] ?? 0n));
}

function refusalBy(lease: Lease, estimate: Amounts, { agent }: CallScope): BudgetExceededError {
  const { terms, open } = lease;
  const unit: Unit = lease.lacks(estimate) ?? terms.limited[0] ?? 'usd';
  const state = {
    limit: unit,
    allowed: terms.limit?.[unit] ?? terms.quota[unit],
    spent: terms.spent?.[unit] ?? lease.used[unit],
    held: open[unit],
    estimated: estimate[unit],
    ...(terms.retryAt !== undefined && { retryAt: terms.retryAt }),
  };
  return new BudgetExceededError(agent ?? '', state, terms.name ?? 'the server');
}

function unreachable({ agent }: CallScope): BudgetExceededError {
  const state = { limit: 'unreachable' as const, allowed: 0n, spent: 0n, held: 0n, estimated: 0n };
  return new BudgetExceededError(agent ?? '', state, 'the server');
}
