import { usdFromNanos } from '@tallyspan/facts/units';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Costs, CostNode, Models } from '@tallyspan/server';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { nanosFromUsd } from '../src/format/money.ts';
import { foreignParts, violations, withRealPage } from './real-page.ts';
import type { Call } from './seed-server.ts';

const HOUR = 3_600_000;
const HOSTILE = '"><img src=x onerror="window.pwned=1">\u202e{{7*7}}';

const call = (part: Partial<Call>): Call => ({
  ...{ tenant: 'acme', agent: 'crew', role: 'writer', provider: 'openai', model: 'gpt-4o' },
  ...{ input: 1_234, output: 321, cached: 100, durationMs: 900, agoMs: 2 * HOUR },
  ...part,
});

/** Ten calls of OpenAI of which two failed, Anthropic, a model nobody can price, old ones, and a name that means harm. */
const CALLS: Call[] = [
  ...Array.from({ length: 8 }, (_, i) => call({ role: i % 2 ? 'writer' : 'researcher', durationMs: 100 * (i + 1) })),
  ...Array.from({ length: 2 }, () => call({ failed: true, tenant: 'globex' })),
  ...Array.from({ length: 3 }, () =>
    call({
      provider: 'anthropic',
      model: 'claude-sonnet-4-20250514',
      agoMs: 5 * HOUR,
      attributes: { 'app.plan': 'pro' },
    }),
  ),
  ...Array.from({ length: 2 }, () => call({ provider: 'vllm', model: 'house-llama', agent: 'analyst' })),
  ...Array.from({ length: 2 }, () => call({ agoMs: 60 * HOUR, model: 'gpt-4o-mini', agent: 'analyst', input: 90_000 })),
  call({ tenant: HOSTILE, agent: HOSTILE, role: HOSTILE, model: HOSTILE, user: HOSTILE }),
];

const real = withRealPage(CALLS);
const costsOf = (query: string) => real.server().get<Costs>(`/api/v1/costs?${query}`);
const sum = (amounts: readonly string[]) => usdFromNanos(amounts.reduce((all, usd) => all + nanosFromUsd(usd), 0n));
const usdIn = (page: Page, where: string) =>
  page.locator(where).evaluateAll((all) => all.map((each) => each.getAttribute('data-usd')!));

const cli = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
const tallyspan = async (...words: string[]) =>
  (await promisify(execFile)(process.execPath, [cli, ...words, '--url', real.server().url])).stdout;

/** Each line as `path calls usd`, as it stands on the page and as it stands in an answer. */
const linesOf = (nodes: readonly CostNode[], above: readonly (string | null)[] = []): string[] =>
  nodes.flatMap((node) => {
    const path = [...above, node.value];
    const usd = node.unpricedCalls === node.calls ? 'unpriced' : node.costUsd;
    return [`${JSON.stringify(path)} ${node.calls} ${usd}`, ...linesOf(node.children, path)];
  });
const linesShown = (page: Page) =>
  page.locator('[data-path]').evaluateAll((rows) =>
    rows.map((row) => {
      const usd = row.querySelector('[data-usd]')?.getAttribute('data-usd') ?? 'unpriced';
      return `${row.getAttribute('data-path')} ${row.querySelector('.k-calls')?.textContent} ${usd}`;
    }),
  );

describe('costs', () => {
  it('the figures on the page are those of the API and those of the command line, for the same dimensions and time', async () => {
    const page = await real.open('/costs?by=tenant,agent,model&range=24h');
    await page.getByTestId('cost-total').waitFor();
    const since = new Date(Date.now() - 24 * HOUR).toISOString();
    const api = await costsOf(`by=tenant,agent,model&from=${since}`);
    const printed = JSON.parse(
      await tallyspan('costs', '--by', 'tenant,agent,model', '--since', '24h', '--json'),
    ) as Costs;
    expect(await linesShown(page)).toEqual(linesOf(api.tree));
    expect(await usdIn(page, '[data-testid=cost-total] [data-usd]')).toEqual([api.total.costUsd]);
    expect(linesOf(printed.tree)).toEqual(linesOf(api.tree));
    expect(printed.total).toEqual(api.total);
    expect(api.total.calls).toBe(CALLS.length - 2);
  });

  it.each([
    ['model:gpt-4o* -status:error', 10],
    ['agent:crew (provider:anthropic OR role:researcher)', 7],
  ])('the same holds with a filter: %s', async (filter, calls) => {
    const page = await real.open(`/costs?by=agent,role,model&q=${encodeURIComponent(filter)}`);
    await page.getByTestId('cost-total').waitFor();
    const api = await costsOf(`by=agent,role,model&q=${encodeURIComponent(filter)}`);
    const printed = JSON.parse(
      await tallyspan('costs', '--by', 'agent,role,model', '--query', filter, '--json'),
    ) as Costs;
    expect(await linesShown(page)).toEqual(linesOf(api.tree));
    expect(await usdIn(page, '[data-testid=cost-total] [data-usd]')).toEqual([api.total.costUsd]);
    expect([linesOf(printed.tree), printed.total]).toEqual([linesOf(api.tree), api.total]);
    expect(api.total.calls).toBe(calls);
  });

  it('COST-27 spending by tenant stands as bars, each as long as its tenant’s part of the total of the API', async () => {
    const page = await real.open('/costs?by=tenant');
    await page.getByTestId('cost-total').waitFor();
    const { tree, total } = await costsOf('by=tenant');
    const drawn = await page.locator('[data-path]').evaluateAll((rows) =>
      rows.map((row) => {
        const whole = row.querySelector('.share')!.getBoundingClientRect().width;
        const part = row.querySelector('.share span')!.getBoundingClientRect().width;
        const usd = row.querySelector('[data-usd]')?.getAttribute('data-usd') ?? null;
        return { path: row.getAttribute('data-path'), part: part / whole, usd };
      }),
    );
    expect(drawn.map(({ path }) => path)).toEqual(tree.map(({ value }) => JSON.stringify([value])));
    for (const [i, { part, usd }] of drawn.entries()) {
      const { costUsd, calls, unpricedCalls } = tree[i]!;
      expect(usd).toBe(calls === unpricedCalls ? null : costUsd);
      expect(part).toBeCloseTo(Number(costUsd) / Number(total.costUsd), 2);
    }
    expect(sum(tree.map(({ costUsd }) => costUsd))).toBe(total.costUsd);
    expect(drawn.filter(({ part }) => part > 0.05).length).toBeGreaterThan(1);
  });

  it('COST-20 rows and columns are any two dimensions; edges are exact sums, and the corner is the total of the API', async () => {
    const page = await real.open('/costs');
    await page.getByLabel('Columns by').selectOption('provider');
    await page.getByTestId('pivot-table').waitFor();
    await page.getByRole('button', { name: 'Without Model' }).click();
    await page.waitForURL(({ searchParams }) => searchParams.get('by') === 'agent,role');
    await page.locator('[data-path]').first().waitFor();
    const { total } = await costsOf('by=agent');
    const columns = await usdIn(page, '[data-testid=column-total] [data-usd]');
    const rows = await usdIn(page, 'tr.level-1 td.is-sum [data-usd]');
    expect(columns.length).toBeGreaterThan(1);
    expect(sum(columns)).toBe(total.costUsd);
    expect(sum(rows)).toBe(total.costUsd);
    expect(await usdIn(page, '[data-testid=pivot-total] [data-usd]')).toEqual([total.costUsd]);
  });

  it('attributes are dimensions too, and calls without one are a line of their own', async () => {
    const page = await real.open('/costs?by=attr.app.plan');
    await page.getByTestId('cost-total').waitFor();
    expect((await page.locator('[data-path] .k-name').allInnerTexts()).toSorted()).toEqual(['no attr.app.plan', 'pro']);
  });

  it('a figure opens the calls behind it, and they come to the same', async () => {
    const page = await real.open('/costs?by=agent,role,model');
    const row = page.locator(`[data-path='${JSON.stringify(['crew', 'researcher', 'gpt-4o'])}']`);
    const usd = await row.locator('[data-usd]').getAttribute('data-usd');
    await row.locator('.figure-link').click();
    await page.locator('.spans-table tbody tr').first().waitFor();
    expect(sum(await usdIn(page, '.spans-table [data-usd]'))).toBe(usd);
    expect(await usdIn(page, '[data-testid=behind-total] [data-usd]')).toEqual([usd]);
    expect(await page.locator('.spans-table tbody tr').count()).toBe(4);
    await page.getByRole('link', { name: 'gpt-4o' }).first().click();
    await page.getByTestId('span-panel').waitFor();
  });

  it('on focus a figure says what it is made of: tokens, calls by source, the price line and its version', async () => {
    const page = await real.open('/costs?by=model');
    await page.locator(`[data-path='["gpt-4o"]'] .figure-link`).focus();
    await page.locator('.why-lines').waitFor();
    const card = await page.getByRole('tooltip').innerText();
    for (const part of [
      'the sum of 10 calls',
      'Computed from the price table',
      'openai/gpt-4o, genai-prices',
      '× $2.5 per million',
    ])
      expect(card).toContain(part);
    await page.keyboard.press('Escape');
    await page.getByRole('tooltip').waitFor({ state: 'detached' });
  });

  it('calls without a price are said beside the total, and lead to themselves', async () => {
    const page = await real.open('/costs');
    const unpriced = page.getByTestId('unpriced-calls');
    expect(await unpriced.innerText()).toBe('3 unpriced calls not included');
    await unpriced.click();
    await page.getByTestId('behind-total').waitFor();
    expect(await page.getByTestId('behind-total').innerText()).toContain('3 calls');
  });

  it('COST-26 tokens over time are drawn as input and output, with the sums of the API', async () => {
    const page = await real.open('/costs?show=tokens');
    const { total } = await costsOf('by=agent');
    await page.getByTestId('time-chart').waitFor();
    const shown = await page.locator('.time-legend li').allInnerTexts();
    const count = (text: string) => Number(text.replace(/\D/g, ''));
    expect(shown.map(count)).toEqual([total.inputTokens, total.outputTokens]);
    const [first] = await page.locator('.time-axis span').allInnerTexts();
    expect(first).toMatch(/^Nov|^[A-Z][a-z]{2} \d/);
  });

  it('COST-28 COST-30 COST-33 models by cost, dearest first, with shares of all of it, and failures by provider', async () => {
    const page = await real.open('/costs?view=models');
    await page.getByTestId('latency-table').waitFor();
    const { models } = await real.server().get<Models>('/api/v1/models');
    const shown = await page
      .locator('[data-model]')
      .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-model')));
    expect(shown).toEqual(models.map(({ model }) => model));
    const shares = await page.locator('.donut').first().locator('li .number').allInnerTexts();
    expect(Math.abs(shares.reduce((all, text) => all + Number.parseFloat(text), 0) - 100)).toBeLessThan(2);
    // Two of ten calls failed.
    await page.goto(`${real.server().url}/costs?view=models&q=model:gpt-4o`);
    const rate = await page.getByTestId('error-rates').locator('tr', { hasText: 'openai' }).innerText();
    expect(rate.replace(/\s+/g, ' ')).toMatch(/openai 10 2 20%/);
    expect(await page.getByTestId('no-anomalies').or(page.getByTestId('anomalies')).count()).toBe(1);
  });

  it('the same table is a file: each format answers with the rows of the pivot', async () => {
    const page = await real.open('/costs?by=agent,model&q=agent:crew');
    await page.getByRole('button', { name: 'Export' }).click();
    const links = await page
      .getByTestId('export-menu')
      .locator('a')
      .evaluateAll((all) => all.map((each) => each.getAttribute('href')!));
    const { rows } = await costsOf('by=agent,model&q=agent:crew');
    for (const link of links.slice(0, 3)) {
      const response = await fetch(real.server().url + link);
      await response.body?.cancel();
      expect([response.status, response.headers.get('x-tallyspan-rows')]).toEqual([200, String(rows.length)]);
    }
    expect(links).toHaveLength(6);
  });
});

/** Each with what it shows when its data is there. */
const PAGES = [
  ['/costs', '[data-testid=cost-table]'],
  ['/costs?by=tenant,agent&cols=model', '[data-testid=pivot-table]'],
  ['/costs?view=models', '[data-testid=latency-table]'],
  ['/costs?view=spans&cell=has:source', '[data-testid=behind-total]'],
  ['/budgets', '[data-testid=empty-state]'],
  ['/budgets?view=alerts', '[data-testid=empty-state]'],
  ['/settings', '[data-testid=whoami]'],
  ['/settings?view=quotas', '[data-testid=empty-state]'],
  ['/settings?view=audit', '[data-testid=empty-state], [data-testid=audit]'],
  ['/settings?view=prices', '[data-testid=prices]'],
  ['/settings?view=data', '[data-testid=jobs] p'],
  ['/settings?view=about', '[data-testid=about]'],
  ['/platform?view=storage', '[data-testid=sizes]'],
  ['/start', '[data-testid=get-started]'],
  ['/widgets', '[data-ready=true]'],
  ['/sign-in', '.sign-in input'],
  // Last, as it asks again all the time.
  ['/platform', '[data-testid=readiness]'],
] as const;

it('each page keeps what axe knows in both themes, fits 360 pixels, runs nothing of others, and asks twice at most', async () => {
  const page = await real.open('/sign-in', { viewport: { width: 360, height: 740 } });
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (/^\/(api\/v1\/(?!tail)|metrics|readyz)/.test(pathname)) asked.push(pathname);
  });
  for (const [path, shown] of PAGES) {
    asked.length = 0;
    await page.goto(real.server().url + path);
    await page.locator(shown).first().waitFor();
    expect(asked.length, `${path}: ${asked.join(' ')}`).toBeLessThanOrEqual(2);
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
      path,
    ).toBeLessThanOrEqual(0);
    expect(await foreignParts(page), path).toEqual({ pwned: false, elements: 0, links: 0, handlers: 0 });
    expect(await violations(page), path).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    // Two frames until the colours begin to change, and then until they have.
    await page.evaluate(async () => {
      await new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)));
      await Promise.allSettled(document.getAnimations().map((each) => each.finished));
    });
    // Only colours depend on the theme.
    expect(await violations(page, ['color-contrast', 'link-in-text-block']), `${path}, dark`).toEqual([]);
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  }
});
