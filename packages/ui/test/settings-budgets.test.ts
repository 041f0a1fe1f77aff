import type { BudgetList, KeyList, Whoami } from '@tallyspan/server';
import { describe, expect, it } from 'vitest';
import { nanosFromUsd } from '../src/format/money.ts';
import { patience } from './open-page.ts';
import { foreignParts, withRealPage } from './real-page.ts';
import { sendCalls, type Call } from './seed-server.ts';

const spent: Call = {
  ...{ tenant: 'acme', agent: 'crew', role: 'writer', provider: 'openai', model: 'gpt-4o' },
  ...{ input: 100_000, output: 10_000, durationMs: 900, agoMs: 5_000 },
};
const HOSTILE = '"><img src=x onerror="window.pwned=1">\u202e{{7*7}}';

const real = withRealPage([spent]);

describe('budgets', () => {
  it('a budget is made, says what is spent of it, is changed, and is gone when it is deleted', async () => {
    const page = await real.open('/budgets');
    await page.getByRole('button', { name: 'New budget' }).click();
    await page.getByRole('button', { name: 'Make the budget' }).click();
    await page.getByText('Give at least one limit.').waitFor();
    await page.getByLabel('Name').fill('Crew');
    await page.getByLabel('US dollars').fill('0.50');
    const form = page.getByRole('dialog');
    await form.getByLabel('Agent').fill('crew');
    await form.getByLabel('At the limit').selectOption('block');
    await page.getByRole('button', { name: 'Make the budget' }).click();
    const card = page.locator('[data-budget]');
    await card.waitFor();
    // What was spent before is counted a moment after the budget was made.
    await expect.poll(() => card.getByTestId('spent-usd').innerText(), patience).toBe('$0.3500 of $0.5000');
    const [budget] = (await real.server().get<BudgetList>('/api/v1/budgets')).budgets;
    const exact = await card.getByTestId('spent-usd').getAttribute('title');
    expect(nanosFromUsd(exact!.replace(/[$a-z ]/g, ''))).toBe(nanosFromUsd(budget!.now!.spent.usd!));

    await page.getByLabel('Agent').fill('crew');
    await page.getByLabel('Estimate in dollars').fill('0.2');
    await page.getByRole('button', { name: 'Ask' }).click();
    expect(await page.getByTestId('decision').innerText()).toMatch(/No, it is refused[^]*By Crew/);

    await card.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('US dollars').fill('2');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => card.getByTestId('spent-usd').innerText(), patience).toBe('$0.3500 of $2.00');
    await card.getByRole('button', { name: 'Delete Crew' }).click();
    await page.getByRole('button', { name: 'Delete the budget' }).click();
    await page.getByTestId('empty-state').waitFor();
  });

  it('an alert is made with who is told; what the server does not take is said in its words and the form stays', async () => {
    const page = await real.open('/budgets?view=alerts');
    await page.getByRole('button', { name: 'New alert' }).click();
    await page.getByLabel('Name').fill('Failing');
    await page.getByLabel('When').selectOption('error_rate');
    await page.getByRole('button', { name: 'Add somebody' }).click();
    await page.getByLabel('URL').fill('http://127.0.0.1:1/hook');
    await page.getByRole('button', { name: 'Make the alert' }).click();
    await page.getByTestId('problem').waitFor();
    await page.getByLabel('By', { exact: true }).selectOption('email');
    await page.getByLabel('Addresses').fill('ops@example.com');
    await page.getByRole('button', { name: 'Make the alert' }).click();
    const card = page.locator('[data-alert]');
    expect(await card.innerText()).toContain('More than 10% of at least 10 calls fail in 15 minutes');
    expect(await card.innerText()).toContain('Told by email');
  });

  it('names that mean harm stay text in budgets, alerts, quotas and the audit log', async () => {
    const send = (method: string, path: string, body: object) =>
      fetch(real.server().url + path, {
        method,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const answers = [
      await send('POST', '/api/v1/budgets', {
        name: HOSTILE,
        scope: { agent: HOSTILE },
        limits: { usd: '1' },
        window: 'day',
      }),
      await send('POST', '/api/v1/alerts', {
        name: HOSTILE,
        rule: { on: 'silence', scope: { user: HOSTILE }, minutes: 5 },
      }),
      await send('PUT', `/api/v1/quotas/${encodeURIComponent(HOSTILE)}`, { spansPerSecond: 5 }),
    ];
    expect(answers.map(({ ok }) => ok)).toEqual([true, true, true]);
    const page = await real.open('/budgets');
    for (const view of ['budgets', 'budgets?view=alerts', 'settings?view=quotas', 'settings?view=audit']) {
      await page.goto(`${real.server().url}/${view}`);
      await page.locator('[data-budget], [data-alert], [data-testid=quotas], [data-testid=audit]').first().waitFor();
      expect(await foreignParts(page), view).toEqual({ pwned: false, elements: 0, links: 0, handlers: 0 });
    }
  });
});

describe('the first span', () => {
  it('is waited for, and comes with a link to its trace', async () => {
    const page = await real.open('/start');
    await page.getByRole('button', { name: 'Any language' }).click();
    const guide = await page.getByTestId('get-started').innerText();
    expect(guide).toContain(`OTEL_EXPORTER_OTLP_ENDPOINT=${real.server().url}`);
    expect(guide).toContain(`curl ${real.server().url}/v1/traces`);
    await page.getByText('Listening for the first span').waitFor();
    await sendCalls(real.server().url, [{ ...spent, agent: 'newcomer' }]);
    await page.getByTestId('first-trace').click();
    await page.getByTestId('span-tree').waitFor();
    expect(await page.getByRole('main').innerText()).toContain('newcomer');
  });
});

// From here on the server asks everybody for a key.
describe('keys', () => {
  it('the first key is shown once, signs this page in, and is in no address and no store of the browser', async () => {
    const page = await real.open('/settings');
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('Name').fill('Operator');
    await page.getByRole('button', { name: 'Make the key' }).click();
    const admin = (await page.getByTestId('made-key').locator('pre').innerText()).trim();
    expect(admin).toMatch(/^tally_admin_/);
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByTestId('keys').waitFor();
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href, document.cookie]),
    );
    expect(kept).not.toContain('tally_admin_');
    expect(await page.getByRole('main').innerText()).not.toContain(admin);
    expect(await page.getByTestId('whoami').innerText()).toContain('may');
    expect((await fetch(`${real.server().url}/api/v1/keys`)).status).toBe(401);

    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('Name').fill('App of Acme');
    await page.getByLabel('Tenant').fill('acme');
    await page.getByRole('button', { name: 'Make the key' }).click();
    const sending = (await page.getByTestId('made-key').locator('pre').first().innerText()).trim();
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await sendCalls(real.server().url, [spent], { authorization: `Bearer ${sending}` });
    await page.getByRole('button', { name: 'Revoke App of Acme' }).click();
    await page.getByRole('button', { name: 'Revoke the key' }).click();
    await page.getByTestId('keys').getByText('revoked').waitFor();
    await expect(sendCalls(real.server().url, [spent], { authorization: `Bearer ${sending}` })).rejects.toThrow('401');

    await page.getByRole('button', { name: 'Audit log' }).click();
    await page.getByTestId('audit').getByText('revokeKey').first().waitFor();
    await page.getByRole('button', { name: 'Keys', exact: true }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Key', { exact: true }).fill('tally_read_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByTestId('problem').waitFor();
    expect(page.url()).not.toContain('tally_');

    await page.getByLabel('Key', { exact: true }).fill(admin);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL((url) => url.pathname !== '/sign-in');
    const asAdmin = { headers: { authorization: `Bearer ${admin}` } };
    const { keys } = (await (await fetch(`${real.server().url}/api/v1/keys`, asAdmin)).json()) as KeyList;
    const who = (await (await fetch(`${real.server().url}/api/v1/whoami`, asAdmin)).json()) as Whoami;
    expect([keys.length, who.keysRequired]).toEqual([2, true]);
  });

  it('whoever is not signed in is led to the way in, and back to where they were', async () => {
    const page = await real.open('/budgets?view=alerts');
    await page.getByLabel('Key', { exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get('next')).toBe('/budgets?view=alerts');
  });
});
