import { TallyError } from '@tallyspan/facts';
import type { Budget, BudgetAmounts, BudgetInput, BudgetList } from '@tallyspan/server';
import { askServer } from './ask-server.ts';
import { columns } from './keys.ts';
import { printable } from './words.ts';

interface Asked {
  url: string;
  json?: boolean;
}

export interface SetOptions extends Asked {
  name?: string;
  usd?: string;
  tokens?: string;
  calls?: string;
  window: string;
  tenant?: string;
  agent?: string;
  role?: string;
  provider?: string;
  model?: string;
  user?: string;
  block?: boolean;
  thresholds?: string;
  disabled?: boolean;
}

const PATH = '/api/v1/budgets';

/** Prints the budgets of a running server and what stands in them. */
export async function listBudgets({ url, json }: Asked): Promise<void> {
  const answer = await askServer<BudgetList>({ url, path: PATH });
  if (json) return console.log(JSON.stringify(answer, null, 2));
  if (answer.budgets.length === 0) return console.log('There are no budgets; "tallyspan budgets set" makes one.');
  const head = ['id', 'name', 'whose', 'window', 'spent', 'of', '%', 'at the end', 'action'];
  console.log(columns([head, ...answer.budgets.map(row)]));
}

/** Makes a budget under this id, or changes the one that is there. */
export async function setBudget(id: string, options: SetOptions): Promise<void> {
  const { url, json, name = id, usd, window, tenant, agent, role, provider, model, user, block, disabled } = options;
  const body: BudgetInput = {
    name,
    scope: { tenant, agent, role, provider, model, user },
    limits: { usd, tokens: count('--tokens', options.tokens), calls: count('--calls', options.calls) },
    // The server says what is no window.
    window: window as BudgetInput['window'],
    thresholds: options.thresholds?.split(',').map((percent) => Number(percent)) ?? [50, 80, 100],
    action: block ? 'block' : 'alert',
    enabled: !disabled,
  };
  const path = `${PATH}/${encodeURIComponent(id)}`;
  const budget = await askServer<Budget>({ url, path, method: 'PUT', body });
  if (json) return console.log(JSON.stringify(budget, null, 2));
  console.log(columns([row(budget)]));
}

export async function deleteBudget(id: string, { url, json }: Asked): Promise<void> {
  await askServer({ url, path: `${PATH}/${encodeURIComponent(id)}`, method: 'DELETE' });
  console.log(json ? JSON.stringify({ id, deleted: true }) : `The budget ${printable(id)} is deleted.`);
}

function row({ id, name, scope, window, limits, action, enabled, now }: Budget): string[] {
  const whose = Object.entries(scope).map(([what, who]) => `${what} ${who}`);
  const percent = now === null ? '' : String(Math.round(now.percent * 10) / 10);
  return [
    id,
    name,
    whose.join(', ') || 'all',
    window,
    now === null ? '' : amounts(now.spent, limits),
    amounts(limits, limits),
    percent,
    now?.forecast ? amounts(now.forecast, limits) : '',
    enabled ? action : 'off',
  ].map(printable);
}

/** Of the units that are limited. */
function amounts({ usd, tokens, calls }: BudgetAmounts, limits: BudgetAmounts): string {
  const shown = [
    ...(limits.usd === null ? [] : [`$${usd}`]),
    ...(limits.tokens === null ? [] : [`${tokens} tokens`]),
    ...(limits.calls === null ? [] : [`${calls} calls`]),
  ];
  return shown.join(', ');
}

function count(option: string, text: string | undefined): number | undefined {
  if (text === undefined || /^\d{1,15}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new TallyError('BAD_OPTION', {
    ...{ option, value: JSON.stringify(text), why: 'It is a whole number.', fix: 'Write it like 100000.' },
  });
}
