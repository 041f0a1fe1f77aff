import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { makeSpan } from './make-span.ts';
import { patience, withPage } from './open-page.ts';
import { crew, CREW_ID, traceOf } from './sample.ts';

const open = withPage();

const job = (second: number, agent: string, durationMs = 10) =>
  traceOf(
    second.toString(16).padStart(32, '0'),
    [makeSpan(`root${second}`, null, { name: `job ${second}`, agent, durationMs })],
    { start: `2026-11-20T12:00:${String(second).padStart(2, '0')}.000000000Z`, agent },
  );
const jobs = [job(1, 'night owl', 30), job(2, 'early bird', 20), job(3, 'night owl', 10)];
const search = (page: Page) => new URL(page.url()).searchParams;
const names = (page: Page) => page.locator('a.trace-link').allInnerTexts();

describe('the filter of the traces', () => {
  it('suggests fields and the values that were seen, by keyboard alone', async () => {
    const { page } = await open('/', jobs);
    await page.getByTestId('trace-table').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('age');
    await page.getByRole('option', { name: /^agent/ }).waitFor();
    for (const key of ['ArrowDown', 'Enter', 'n']) await page.keyboard.press(key);
    await page.getByRole('option', { name: /night owl/ }).waitFor();
    for (const key of ['ArrowDown', 'Enter']) await page.keyboard.press(key);
    await expect.poll(() => names(page), patience).toEqual(['job 3', 'job 1']);
    expect(search(page).get('q')).toBe('agent:"night owl"');
  });

  it('what it cannot follow is said with its place, and is not asked', async () => {
    const { page, api } = await open('/', jobs);
    await page.getByRole('combobox', { name: 'Filter' }).fill('agent:x colour:red');
    await page.keyboard.press('Enter');
    const problem = page.getByTestId('filter-problem');
    await problem.waitFor();
    expect(await problem.innerText()).toMatch(/there is no field "colour"[^]*at character 9/);
    expect(await page.locator('.filter-problem mark').innerText()).toBe('colour:red');
    expect(api.asked.some(({ query }) => query.get('q')?.includes('colour'))).toBe(false);
  });

  it('values are clicked on and off', async () => {
    const { page } = await open('/?facets=agent', jobs);
    const value = page.getByRole('button', { name: /^early bird/ });
    await value.click();
    await expect.poll(() => names(page), patience).toEqual(['job 2']);
    expect(search(page).get('q')).toBe('agent:"early bird"');
    await value.click();
    await expect.poll(async () => (await names(page)).length, patience).toBe(3);
  });
});

describe('the list of the traces', () => {
  it('is sorted by its headings and has the columns that were chosen, in the address and the next time', async () => {
    const { page, api } = await open('/', jobs, { viewport: { width: 1500, height: 800 } });
    await page.getByRole('button', { name: 'Duration' }).click();
    await expect.poll(() => names(page), patience).toEqual(['job 1', 'job 2', 'job 3']);
    expect(search(page).get('sort')).toBe('-duration');
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByLabel('Trace id').check();
    await page.getByLabel('Models').uncheck();
    const columns = 'time,name,agent,status,duration,spans,tokens,cost,id';
    await expect.poll(() => search(page).get('cols'), patience).toBe(columns);
    await page.goto(`${api.origin}/`);
    await expect.poll(() => search(page).get('cols'), patience).toBe(columns);
    await page.getByRole('columnheader', { name: 'Trace id' }).waitFor();
  });

  it('a view is saved under a name and found again', async () => {
    const { page, api } = await open('/?q=agent:%22early+bird%22&sort=name', jobs);
    await page.getByRole('button', { name: 'Saved views' }).click();
    await page.getByLabel('Name of this view').fill('Birds');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('link', { name: 'Birds' }).waitFor();
    await page.goto(`${api.origin}/`);
    await page.getByRole('button', { name: 'Saved views' }).click();
    await page.getByRole('link', { name: 'Birds' }).click();
    await expect.poll(() => names(page), patience).toEqual(['job 2']);
    expect([search(page).get('q'), search(page).get('sort')]).toEqual(['agent:"early bird"', 'name']);
  });

  it('two traces are chosen with x and laid side by side with c', async () => {
    const { page } = await open('/', jobs);
    await page.getByRole('link', { name: 'job 3' }).waitFor();
    for (const key of ['j', 'x', 'j', 'j', 'x']) await page.keyboard.press(key);
    await page.getByRole('link', { name: 'Compare the two' }).waitFor();
    await page.keyboard.press('c');
    await page.getByRole('heading', { name: 'job 3' }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/traces/${jobs[2]!.summary.traceId}`);
    expect(search(page).get('compare')).toBe(jobs[0]!.summary.traceId);
  });

  it('the time that is looked at goes along from page to page, and times can be written in UTC', async () => {
    const { page, api } = await open('/?from=2026-11-20T12:00:01.500Z', jobs, { timezoneId: 'America/New_York' });
    await expect.poll(() => names(page), patience).toEqual(['job 3', 'job 2']);
    const title = () => page.locator('.trace-row time').first().getAttribute('title');
    expect(await title()).toContain('07:00:03.000');
    await page.getByRole('button', { name: /^Time: Since/ }).click();
    await page.getByRole('button', { name: 'UTC' }).click();
    await expect.poll(title, patience).toContain('12:00:03.000 UTC');
    await page.getByRole('link', { name: 'Agents', exact: true }).click();
    await page.getByTestId('agents').waitFor();
    expect(search(page).get('from')).toBe('2026-11-20T12:00:01.500Z');
    expect(api.asked.findLast(({ path }) => path === '/api/v1/agents')!.query.get('from')).toBe(
      '2026-11-20T12:00:01.500Z',
    );
    await page.getByRole('button', { name: /^Time: Since/ }).click();
    await page.getByRole('button', { name: 'Last hour' }).click();
    await expect.poll(() => Object.fromEntries(search(page)), patience).toEqual({ range: '1h', tz: 'utc' });
  });
});

describe('agents, sessions, models, the guard, A2A', () => {
  it('an agent leads to its runs by their number, and a run to its traces', async () => {
    const { page, api } = await open('/agents', [crew]);
    await page.getByTestId('agents').getByRole('link', { name: 'content-crew' }).click();
    await page.getByTestId('runs').getByRole('link', { name: '#47' }).click();
    await expect.poll(() => search(page).get('q'), patience).toBe('run_id:run-47');
    const asked = api.asked.find(({ path }) => path === '/api/v1/runs')!;
    expect([asked.query.get('agent'), asked.query.get('tenant')]).toEqual(['content-crew', 'acme-corp']);
  });

  it('COST-32 COST-33 a prompt that three models answered has three rows with cost and duration, the dearest first', async () => {
    const { page } = await open('/models?view=prompts', [crew]);
    await page.getByTestId('groups').getByRole('link', { name: 'content-crew' }).click();
    const rows = page.getByTestId('compared').locator('tbody tr');
    await expect.poll(() => rows.count(), patience).toBe(3);
    const cells = async (id: string) =>
      (await rows.locator(`.t-${id}`).allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
    expect(
      await rows.locator('.t-cost [data-usd]').evaluateAll((all) => all.map((each) => each.getAttribute('data-usd'))),
    ).toEqual([...['0.09', '0.02', '0.0004']]);
    expect([await cells('dp50'), await cells('fp50'), await cells('sp50')]).toEqual([
      Array(3).fill('800 ms'),
      Array(3).fill('310 ms'),
      Array(3).fill('74'),
    ]);
    await page.getByTestId('compared').getByRole('button', { name: 'Model', exact: true }).click();
    await expect.poll(() => search(page).get('sort'), patience).toBe('model');
  });

  it('the newest verdict of the guard leads to its span', async () => {
    const { page } = await open('/guard', [crew]);
    expect(await page.getByTestId('guard-sums').innerText()).toMatch(/Blocked\s+2/);
    await page.getByTestId('guard-recent').getByRole('link').first().click();
    await page.getByTestId('span-panel').waitFor();
    expect(new URL(page.url()).pathname).toBe(`/traces/${CREW_ID}`);
  });

  it('who talks to whom stands in the table, the matrix and the drawing alike', async () => {
    const { page } = await open('/a2a', [crew]);
    expect(await page.getByTestId('a2a-table').locator('tbody').innerText()).toMatch(
      /content-crew[^]*4\s+25%[^]*3 completed/,
    );
    await page.getByRole('button', { name: 'Matrix' }).click();
    expect(await page.getByTitle('content-crew to content-crew too: 4 messages, 1 error').innerText()).toMatch(/^4/);
    await page.getByRole('button', { name: 'Graph' }).click();
    await page.getByTestId('a2a-graph').waitFor();
    expect(await page.getByTestId('a2a-graph').locator('.talk-line text').allTextContents()).toEqual(['4']);
  });

  it('each page asks at most twice for what it shows', async () => {
    const { page, api } = await open('/', [crew], { viewport: { width: 1500, height: 800 } });
    await page.getByTestId('trace-table').waitFor();
    for (const path of ['/', '/agents', '/sessions', '/sessions?by=user', '/models', '/guard', '/a2a']) {
      api.asked.length = 0;
      await page.goto(`${api.origin}${path}`);
      await page.locator('.data-table, [data-testid=trace-table]').first().waitFor();
      // What was spent over time is asked for when the time is known that the agents were seen in.
      if (path === '/agents') await expect.poll(() => api.asked.length, patience).toBe(2);
      expect(api.asked.length, `${path}: ${api.asked.map((each) => each.path).join()}`).toBeLessThanOrEqual(2);
    }
  });
});

describe('going anywhere', () => {
  it('g and a letter go to a page, and the letter does nothing else there', async () => {
    const { page } = await open(`/traces/${CREW_ID}`, [crew]);
    await page.getByTestId('span-tree').waitFor();
    await page.keyboard.press('g');
    await page.getByTestId('go-hint').waitFor();
    await page.keyboard.press('t');
    await page.getByTestId('trace-table').waitFor();
    expect(new URL(page.url()).pathname).toBe('/');
    for (const key of ['g', 'm']) await page.keyboard.press(key);
    await page.getByTestId('models').waitFor();
  });

  it('Ctrl K finds pages, agents, actions and traces, and opens a trace id that is pasted', async () => {
    const { page } = await open('/models', [crew]);
    await page.getByTestId('models').waitFor();
    await page.keyboard.press('Control+k');
    const palette = page.getByRole('dialog', { name: 'Go to anything' });
    await palette.getByRole('option', { name: /content-crew.*Agent/ }).waitFor();
    await page.keyboard.type('theme dark');
    await page.keyboard.press('Enter');
    await palette.waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    await page.keyboard.press('Control+k');
    await palette.getByRole('combobox').fill(`00-${CREW_ID}-00f067aa0ba902b7-01`);
    await page.keyboard.press('Enter');
    await page.getByTestId('span-tree').waitFor();
    await page.keyboard.press('Control+k');
    await palette.waitFor();
    await page.keyboard.press('Escape');
    await palette.waitFor({ state: 'detached' });
  });

  it('whoever is not known is led to sign in, with the way back', async () => {
    const { page, api } = await open('/agents', [crew]);
    await page.getByTestId('agents').waitFor();
    api.answers.problem = {
      code: 'UNAUTHENTICATED',
      what: 'Who are you?',
      why: 'No key.',
      fix: 'Sign in.',
      status: 401,
    };
    await page.getByRole('link', { name: 'Guard' }).click();
    await page.waitForURL(/\/sign-in\?/);
    expect(search(page).get('next')).toBe('/guard');
    expect(await page.getByRole('navigation').count()).toBe(0);
  });
});
