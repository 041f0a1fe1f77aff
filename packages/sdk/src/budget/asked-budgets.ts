import { limits } from '@tallyspan/facts';
import { serverUrl, target } from '../environment.ts';
import type { InitOptions, ServerBudgetOptions } from '../options.ts';
import { environment, state, warnOnce } from '../state.ts';
import { ServerBudgets } from './server-budgets.ts';

type Env = Record<string, string | undefined>;

/** Made anew after each `init`; what was held of the old ones ends with their calls. */
let made: { options: InitOptions; budgets: ServerBudgets | undefined } | undefined;

/** The server's budgets, where this process is to ask them. */
export function askedBudgets(): ServerBudgets | undefined {
  const { options } = state;
  const wanted = options.budgets ?? environment().budgeted;
  if (!wanted) return undefined;
  if (made?.options !== options) {
    const how: ServerBudgetOptions = typeof wanted === 'object' ? wanted : {};
    made = { options, budgets: makeBudgets(options, how, process.env) };
  }
  return made.budgets;
}

/** Asked where spans are sent, with the same headers, and with `TALLYSPAN_API_KEY` where these name no key. */
function makeBudgets(options: InitOptions, how: ServerBudgetOptions, env: Env): ServerBudgets | undefined {
  const { fail = 'open', waitMs = limits.budgetWaitMs } = how;
  const endpoint = how.endpoint ?? (env.TALLYSPAN_ENDPOINT || undefined) ?? options.endpoint;
  const traces = target('traces', { ...options, ...(endpoint !== undefined && { endpoint }) }, env);
  const url = traces && serverUrl(traces, '/api/v1/budgets/leases');
  if (!url) {
    warnOnce('budgets', 'there is no address at which budgets could be asked');
    return undefined;
  }
  const names = Object.keys(traces.headers).map((name) => name.toLowerCase());
  const key = env.TALLYSPAN_API_KEY;
  const hasKey = names.includes('authorization') || names.includes('x-api-key');
  return new ServerBudgets({
    target: {
      url,
      headers: { ...traces.headers, ...(key && !hasKey && { authorization: `Bearer ${key}` }) },
      timeoutMs: limits.budgetAskMs,
      compress: false,
      contentType: 'application/json',
      lane: 'budgets',
      ...(traces.tls && { tls: traces.tls }),
    },
    fail,
    waitMs,
    traced: options.dialects === undefined || options.dialects.includes('otel'),
  });
}
