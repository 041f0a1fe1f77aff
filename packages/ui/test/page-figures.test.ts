import { usdFromNanos } from '@tallyspan/facts/units';
import { describe, expect, it } from 'vitest';
import { nanosFromUsd } from '../src/format/money.ts';
import { withPage } from './open-page.ts';
import { crew, CREW_ID, totalsOf } from './sample.ts';

const open = withPage();
const total = totalsOf(crew.spans);

describe('the figures on the page', () => {
  it('LLM-48 each line of a trace shows its model, tokens in and out, and its cost; repeated calls are lines of their own', async () => {
    const { page } = await open(`/traces/${CREW_ID}`, [crew]);
    await page.locator('[data-span-id]').last().waitFor();
    const lines = await page.getByTestId('span-tree').locator('[data-span-id]').all();
    const shown = await Promise.all(
      lines.map(async (line) => {
        const cells = await line.locator('.span-name, .s-tokens, .s-cost').allInnerTexts();
        return cells.map((text) => text.replace(/\s+/g, ' ').trim()).join(' | ');
      }),
    );
    expect(shown).toEqual([
      'content-crew | 8,750 in 970 out | sum $0.0247 +',
      'researcher | 8,650 in 950 out | sum $0.0247',
      'gpt-4o | 3,420 in 310 out | $0.0091',
      'search |  | ',
      'gpt-4o | 5,230 in 640 out | $0.0156',
      'writer | 100 in 20 out | unpriced',
      'gpt-4o |  | ',
      'house-llama | 100 in 20 out | unpriced',
    ]);
  });

  it('LLM-50 the sum at the top of a trace is the sum of its billed lines to the nano-dollar', async () => {
    const { page } = await open(`/traces/${CREW_ID}`, [crew]);
    const lines = page.getByTestId('span-tree').locator('[data-usd]');
    await lines.first().waitFor();
    const amounts = await lines.evaluateAll((all) => all.map((each) => each.getAttribute('data-usd')!));
    const sum = usdFromNanos(amounts.reduce((nanos, usd) => nanos + nanosFromUsd(usd), 0n));
    expect(amounts).toHaveLength(2);
    expect(sum).toBe(total.costUsd);
    expect(await page.locator('[data-sum-usd]').first().getAttribute('data-sum-usd')).toBe(sum);
  });

  it('LLM-51 a trace shows the same cost in the list, in its header, in its breakdown and in the cost pivot', async () => {
    const { page } = await open('/', [crew]);
    const list = await page.locator('.trace-row [data-usd]').getAttribute('data-usd');
    await page.getByRole('link', { name: 'invoke_agent content-crew' }).click();
    const header = await page.getByTestId('trace-cost').locator('[data-usd]').getAttribute('data-usd');
    const breakdown = await page.getByTestId('breakdown-total').locator('[data-usd]').getAttribute('data-usd');
    await page.getByRole('link', { name: 'Costs', exact: true }).click();
    const pivot = await page.getByTestId('cost-total').locator('[data-usd]').getAttribute('data-usd');
    expect([list, header, breakdown, pivot]).toEqual(Array(4).fill(total.costUsd));
  });

  it('LLM-47 COST-21 the cost tree goes from agent to role to model, each with its dollars and its calls', async () => {
    const { page } = await open('/costs', [crew]);
    await page.getByTestId('cost-total').waitFor();
    const rows = await page.getByTestId('cost-table').locator('[data-path]').all();
    const shown = await Promise.all(
      rows.map(async (row) =>
        [
          await row.getAttribute('aria-level'),
          await row.locator('.k-name .clip').innerText(),
          await row.locator('.k-calls').innerText(),
          (await row.locator('.k-cost').innerText()).replace(/\s+/g, ' '),
        ].join(' '),
      ),
    );
    expect(shown).toEqual([
      '1 content-crew 3 $0.0247 + 1 unpriced call',
      '2 researcher 2 $0.0247',
      '3 gpt-4o 2 $0.0247',
      '2 writer 1 unpriced',
      '3 house-llama 1 unpriced',
    ]);
  });

  it('COST-22 the total line of the pivot is the sum of its top lines, in dollars and in calls', async () => {
    const { page } = await open('/costs', [crew]);
    await page.getByTestId('cost-total').waitFor();
    const top = page.locator('[data-path][aria-level="1"]');
    const dollars = await top
      .locator('[data-usd]')
      .evaluateAll((all) => all.map((each) => each.getAttribute('data-usd')!));
    const calls = (await top.locator('.k-calls').allInnerTexts()).map(Number);
    expect(usdFromNanos(dollars.reduce((sum, usd) => sum + nanosFromUsd(usd), 0n))).toBe(total.costUsd);
    expect(calls.reduce((sum, count) => sum + count, 0)).toBe(
      Number(await page.getByTestId('total-calls').innerText()),
    );
  });

  it('COST-20 the pivot can be turned: each choice asks the API for its dimensions and stands in the address', async () => {
    const { page, api } = await open('/costs', [crew]);
    await page.getByTestId('cost-table').waitFor();
    const seen: (string | null)[] = [];
    for (const name of ['Tenants', 'Runs', 'Models', 'Users', 'Agents']) {
      await page.getByRole('button', { name, exact: true }).click();
      await page.getByRole('button', { name, exact: true, pressed: true }).waitFor();
      seen.push(new URL(page.url()).searchParams.get('by'));
    }
    expect(seen).toEqual([
      'tenant,agent,role,model',
      'agent,run,role,model',
      'provider,model',
      'user,agent,model',
      null,
    ]);
    const asked = new Set(api.asked.filter(({ path }) => path === '/api/v1/costs').map(({ query }) => query.get('by')));
    for (const by of seen) expect(asked).toContain(by ?? 'agent,role,model');
  });

  it('LLM-49 runs carry their number, in the list and in the pivot', async () => {
    const { page, api } = await open('/', [crew]);
    expect(await page.locator('.c-agent').last().innerText()).toContain('#47');
    await page.goto(`${api.origin}/costs?by=agent,run,role,model`);
    expect(await page.locator('.is-run .k-name').innerText()).toBe('run #47');
  });

  it('a billed span explains its cost: tokens by type, price line, version and source', async () => {
    const { page } = await open(`/traces/${CREW_ID}?span=c1`, [crew]);
    await page.getByTestId('cost-lines').waitFor();
    const lines = await page.getByTestId('cost-lines').locator('tbody tr').allInnerTexts();
    expect(lines.map((line) => line.replace(/\s+/g, ' '))).toEqual([
      'input 1,372 2.5 $0.00343',
      'cache read 2,048 1.25 $0.00256',
      'output 310 10 $0.00310',
    ]);
    const text = await page.getByTestId('span-cost').innerText();
    for (const part of ['$0.00909', 'Computed from the price table', 'openai/gpt-4o', 'genai-prices@0.1.8']) {
      expect(text).toContain(part);
    }
  });

  it('a call without a known price is said to be unpriced and never shown as zero dollars', async () => {
    const { page } = await open(`/traces/${CREW_ID}?span=c4`, [crew]);
    expect(await page.getByTestId('span-cost').innerText()).toMatch(
      /unpriced[^]*No price is known for house-llama of vllm/,
    );
    expect(await page.getByRole('main').innerText()).not.toMatch(/\$0\.00(?!\d)/);
    expect(await page.locator('[data-usd="0"]').count()).toBe(0);
  });
});
