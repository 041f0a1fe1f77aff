import { TallyError, usdFromNanos } from '@tallyspan/facts';

/** What a budget may limit: dollars, tokens, model calls; and what runs away: one call repeated, agents in agents, one agent's calls. */
export type BudgetLimit = 'usd' | 'tokens' | 'calls' | 'repeats' | 'depth';

/** What a limit stands at. Dollars are nano-dollars. */
export interface BudgetState {
  limit: BudgetLimit;
  allowed: bigint;
  /** Spent by calls that have ended. */
  spent: bigint;
  /** Held for calls that are under way. */
  held: bigint;
  /** What the refused call was thought to need. */
  estimated: bigint;
}

/**
 * A model call was not made, as it would have overrun the budget of its agent. Nothing was sent and nothing is owed.
 * Recognise it by `name`, not by class: two copies of us may be installed.
 */
export class BudgetExceededError extends Error {
  override readonly name = 'BudgetExceededError';
  readonly code = 'BUDGET_EXCEEDED';
  readonly agent: string;
  readonly state: BudgetState;

  constructor(agent: string, state: BudgetState) {
    const figure = (amount: bigint) => (state.limit === 'usd' ? `$${usdFromNanos(amount)}` : String(amount));
    super(
      new TallyError('BUDGET_EXCEEDED', {
        agent,
        limit: words[state.limit],
        allowed: figure(state.allowed),
        spent: figure(state.spent),
        held: figure(state.held),
        estimated: figure(state.estimated),
      }).message,
    );
    this.agent = agent;
    this.state = state;
  }
}

const words: Record<BudgetLimit, string> = {
  usd: 'spend',
  tokens: 'tokens',
  calls: 'model calls',
  repeats: 'repetitions of one call',
  depth: 'agents inside agents',
};

export function isBudgetExceededError(error: unknown): error is BudgetExceededError {
  return error instanceof Error && error.name === 'BudgetExceededError' && 'state' in error;
}
