import { TallyError, usdFromNanos } from '@tallyspan/facts';

/**
 * What a budget may limit: dollars, tokens, model calls; and what runs away: one call repeated, agents in agents, calls at once.
 * `unreachable`: nobody could say what the server's budgets allow, and without that no call is to be made.
 */
export type BudgetLimit = 'usd' | 'tokens' | 'calls' | 'repeats' | 'depth' | 'fan_out' | 'unreachable';

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
  /** Of a budget of the server: when its window ends. ISO 8601. */
  retryAt?: string;
}

/**
 * A model call was not made, as it would have overrun the budget of its agent, or one of the server. Nothing was sent and nothing is owed.
 * Recognise it by `name`, not by class: two copies of us may be installed.
 */
export class BudgetExceededError extends Error {
  override readonly name = 'BudgetExceededError';
  readonly code = 'BUDGET_EXCEEDED';
  readonly agent: string;
  readonly state: BudgetState;

  /** `agent` made the call; `of` names the budget where that is not the agent's own. */
  constructor(agent: string, state: BudgetState, of = agent) {
    const figure = (amount: bigint) => (state.limit === 'usd' ? `$${usdFromNanos(amount)}` : String(amount));
    super(
      new TallyError(state.limit === 'unreachable' ? 'BUDGET_UNREACHABLE' : 'BUDGET_EXCEEDED', {
        agent: of,
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
  fan_out: 'model calls at once',
  unreachable: 'calls without the server',
};

export function isBudgetExceededError(error: unknown): error is BudgetExceededError {
  return error instanceof Error && error.name === 'BudgetExceededError' && 'state' in error;
}
