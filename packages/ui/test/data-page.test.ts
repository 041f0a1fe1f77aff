import type { DataJobList, GuardReviews, RetentionList } from '@tallyspan/server';
import { describe, expect, it } from 'vitest';
import { patience } from './open-page.ts';
import { foreignParts, withRealPage } from './real-page.ts';
import { type Call, sendCalls, stored } from './seed-server.ts';

const HOSTILE = '"><img src=x onerror="window.pwned=1">\u202e{{7*7}}';
const call = (tenant: string, user: string, model: string, attributes = {}): Call => ({
  ...{ tenant, user, agent: 'crew', role: 'writer', provider: 'openai', model, attributes },
  ...{ input: 1_000_000, output: 0, durationMs: 900, agoMs: 5_000 },
});
const judged = (scanner: string) => ({
  'tally.guard.outcome': 'blocked',
  'tally.guard.scanners': JSON.stringify({ [scanner]: { score: 0.9, threshold: 0.5 } }),
});
const calls = [
  call('acme', 'ann', 'gpt-4o'),
  call('acme', 'bob', 'gpt-4o'),
  call('globex', 'bob', 'house-llama'),
  call('acme', 'ann', 'gpt-4o', judged('PromptInjection')),
  call('acme', 'ann', 'gpt-4o', judged(HOSTILE)),
];
const real = withRealPage(calls);

describe('deleting on the page', () => {
  it('asks for the name to be typed, and shows a count afterwards, the log and the disk', async () => {
    const page = await real.open('/settings?view=data');
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByText('Give a tenant, a trace or a user.').waitFor();
    await page.getByLabel('Tenant').fill('acme');
    await page.getByLabel('User').fill('bob');
    await page.getByRole('button', { name: 'Delete…' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.innerText()).toContain('Delete tenant acme, user bob?');
    const sure = dialog.getByRole('button', { name: 'Delete for good' });
    await dialog.getByLabel('Type bob to go on').fill('acme');
    expect(await sure.isDisabled()).toBe(true);
    await dialog.getByLabel('Type bob to go on').fill('bob');
    await sure.click();
    await expect
      .poll(() => page.getByTestId('proof').innerText(), patience)
      .toMatch(/found 0 spans[^]*holds none[^]*disk/);
    expect(await page.getByTestId('jobs').innerText()).toContain('1 of 1 span in 1 trace deleted');
    const [job] = (await real.server().get<DataJobList>('/api/v1/data/jobs')).jobs;
    expect(job!.asked).toEqual({ tenant: 'acme', user: 'bob' });
    const { total } = await real.server().get<{ total: { calls: number } }>('/api/v1/costs?by=agent&q=user:bob');
    expect(total.calls).toBe(1);
  });

  it('a limit of days is set after the name of its tenant is typed, and is taken away again', async () => {
    const page = await real.open('/settings?view=data');
    await page.getByRole('button', { name: 'New limit' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Tenant').fill('acme');
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await dialog.getByText('Give days, text or both.').waitFor();
    await dialog.getByLabel('Days').fill('30');
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await dialog.getByLabel('Type acme to go on').fill('acme');
    await dialog.getByRole('button', { name: 'Set the limit' }).click();
    await page.getByTestId('retention').waitFor();
    const rules = () => real.server().get<RetentionList>('/api/v1/data/retention');
    expect((await rules()).retention).toEqual([{ tenant: 'acme', days: 30, bytes: null }]);
    await page.getByRole('button', { name: 'Take away the limit of acme' }).click();
    await page.getByRole('button', { name: 'Take it away' }).click();
    await expect.poll(async () => (await rules()).retention, patience).toEqual([]);
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.getByText('Everything is kept').waitFor();
  });
});

describe('prices on the page', () => {
  it('a model without a price gets one, and its stored calls only after a look at what would change', async () => {
    const page = await real.open('/settings?view=prices');
    const row = page.getByTestId('prices').locator('tr', { hasText: 'house-llama' });
    await row.getByRole('button', { name: 'Look up' }).click();
    await row.getByRole('button', { name: 'Set a price' }).click();
    const form = page.getByRole('dialog');
    expect(await form.getByLabel('Model').inputValue()).toBe('house-llama');
    await form.getByLabel('Input', { exact: true }).fill('2,5');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('Write dollars like 2.5.').waitFor();
    await form.getByLabel('Input', { exact: true }).fill('2.5');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByTestId('own-prices').getByText('input $2.5').waitFor();

    const anew = page.getByTestId('reprice');
    await anew.getByLabel('Model').fill('house-llama');
    await anew.getByRole('button', { name: 'What would change?' }).click();
    await anew.getByText('1 of 1 span would change: $0.00 to $2.50').waitFor();
    const costOf = async () =>
      (await real.server().get<{ total: { costUsd: string } }>('/api/v1/costs?by=agent&q=model:house-llama')).total;
    expect(await costOf()).toMatchObject({ costUsd: '0', unpricedCalls: 1 });
    await anew.getByRole('button', { name: 'Price anew…' }).click();
    await page.getByLabel('Type house-llama to go on').fill('house-llama');
    await page.getByRole('dialog').getByRole('button', { name: 'Price anew' }).click();
    await anew.getByText('1 of 1 span changed: $0.00 to $2.50').waitFor();
    expect(await costOf()).toMatchObject({ costUsd: '2.5', unpricedCalls: 0 });
    await expect.poll(() => row.locator('.t-cost').innerText(), patience).toBe('$2.50');
  });
});

describe('the store on the page', () => {
  it('says what lies on the disk and of whom, measures the text when asked, and when a backup was made', async () => {
    const page = await real.open('/platform?view=storage');
    const sizes = page.getByTestId('sizes');
    expect(await sizes.locator('tr', { hasText: 'globex' }).innerText()).toMatch(/1\s+not measured[^]*for ever/);
    await page.getByRole('button', { name: 'Measure the text' }).click();
    await expect.poll(() => sizes.locator('tr', { hasText: 'globex' }).innerText(), patience).toMatch(/\d+ B/);
    expect(await page.getByTestId('disk').innerText()).toMatch(/Spans\s+[\d.]+ [kM]B/);
    expect(await page.getByTestId('backups').innerText()).toContain('None was made yet.');
    await (await fetch(`${real.server().url}/api/v1/data/backup`, { method: 'POST' })).arrayBuffer();
    await page.reload();
    await expect.poll(() => page.getByTestId('backups').innerText(), patience).toContain('read to its end now');
  });
});

describe('reviewing verdicts on the page', () => {
  it('a verdict is called a false positive, counts for its rule, leaves the list of those not reviewed, and can be taken back', async () => {
    const page = await real.open('/guard');
    const verdicts = page.getByTestId('guard-recent').locator('tbody tr');
    await expect.poll(() => verdicts.count(), patience).toBe(2);
    const row = verdicts.filter({ hasText: 'PromptInjection' });
    await row.getByRole('button', { name: 'False positive' }).click();
    const rule = page.getByTestId('guard-rules').locator('tr', { hasText: 'PromptInjection' });
    await expect.poll(() => rule.locator('.t-rate').innerText(), patience).toBe('100%');
    expect(await foreignParts(page)).toEqual({ pwned: false, elements: 0, links: 0, handlers: 0 });
    await page.getByRole('button', { name: 'Not reviewed' }).click();
    await expect.poll(() => verdicts.count(), patience).toBe(1);
    expect(new URL(page.url()).searchParams.get('state')).toBe('unreviewed');
    await page.getByRole('group', { name: 'Reviewed' }).getByRole('button', { name: 'False positives' }).click();
    await expect.poll(() => row.count(), patience).toBe(1);
    const file = await (
      await fetch(new URL((await page.getByRole('link', { name: 'CSV' }).getAttribute('href')) ?? '', page.url()))
    ).text();
    expect(file).toContain('PromptInjection,false_positive,');
    await row.getByRole('button', { name: 'False positive', pressed: true }).click();
    await page.getByText('Nobody called a verdict a false positive.').waitFor();
    const { verdicts: left } = await real.server().get<GuardReviews>('/api/v1/guard/reviews');
    expect(left.map(({ review }) => review)).toEqual([null, null]);
  });
});

describe('a long list', () => {
  it('that is sorted says that it is sorted among what is loaded, and loads more', async () => {
    const many = Array.from({ length: 60 }, (_, i) => ({
      ...call('acme', 'ann', 'gpt-4o'),
      agoMs: 10_000 + i * 1_000,
    }));
    await sendCalls(real.server().url, many);
    await stored(real.server(), calls.length + 59);
    const page = await real.open('/');
    const among = page.getByTestId('sorted-among');
    await page.getByRole('button', { name: 'Cost', exact: true }).click();
    await expect
      .poll(() => among.innerText(), patience)
      .toContain('Sorted: the 50 rows that are loaded. There are more.');
    await among.getByRole('button', { name: 'Load more' }).click();
    await among.waitFor({ state: 'detached' });
  });
});
