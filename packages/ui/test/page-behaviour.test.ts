import { describe, expect, it } from 'vitest';
import { makeCall, makeSpan } from './make-span.ts';
import { patience, withPage } from './open-page.ts';
import { crew, CREW_ID, traceOf } from './sample.ts';

const open = withPage();

/** `plain(3)` started three seconds after twelve. */
const plain = (second: number) =>
  traceOf(second.toString(16).padStart(32, '0'), [makeSpan(`root${second}`, null, { name: `job ${second}` })], {
    start: `2026-11-20T12:${String(Math.floor(second / 60)).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}.000000000Z`,
    agent: second % 2 ? 'odd' : 'even',
  });

describe('the list of traces', () => {
  it('a filter stands in the address and goes to the API, and what a link names becomes part of it', async () => {
    const { page, api } = await open('/?model=gpt-4o&status=error', [crew, plain(1), plain(2)]);
    const field = page.getByRole('combobox', { name: 'Filter' });
    await page.getByTestId('empty-state').waitFor();
    expect(await field.inputValue()).toBe('model:gpt-4o status:error');
    await field.fill('agent:odd');
    await page.getByRole('link', { name: 'job 1' }).waitFor();
    expect(await page.locator('a.trace-link').count()).toBe(1);
    expect(new URL(page.url()).search).toBe('?q=agent%3Aodd');
    const last = api.asked.filter(({ path }) => path === '/api/v1/traces').at(-1)!;
    expect(Object.fromEntries(last.query)).toEqual({ q: 'agent:odd', limit: '50' });
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.getByRole('link', { name: 'content-crew' }).waitFor();
    expect(new URL(page.url()).search).toBe('');
  });

  it('more traces come page by page, each once', async () => {
    const { page } = await open(
      '/',
      Array.from({ length: 120 }, (_, i) => plain(i)),
    );
    for (const count of [50, 100, 120]) {
      await expect.poll(() => page.locator('a.trace-link').count(), patience).toBe(count);
      if (count < 120) await page.getByRole('button', { name: 'Load more' }).click();
    }
    const names = await page.locator('a.trace-link').allInnerTexts();
    expect(names[0]).toBe('job 119');
    expect(new Set(names).size).toBe(120);
  });

  it('j and k move through the list and Enter opens a trace', async () => {
    const { page } = await open('/', [plain(1), plain(2), plain(3)]);
    await page.locator('a.trace-link').first().waitFor();
    for (const key of ['j', 'j', 'j', 'k', 'Enter']) await page.keyboard.press(key);
    await page.getByRole('heading', { name: 'job 2' }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/traces/${plain(2).summary.traceId}`);
    expect(await page.title()).toBe('job 2 · Tallyspan');
  });

  it('a trace that arrives appears by itself, and waits while the list is paused', async () => {
    const traces = [plain(1)];
    const { page, api } = await open('/', traces);
    await page.locator('[data-testid=live][data-state=live]').waitFor();
    traces.push(plain(2));
    api.push(plain(2).summary.traceId);
    await page.getByRole('link', { name: 'job 2' }).waitFor();

    await page.getByRole('button', { name: 'Pause' }).click();
    traces.push(plain(3));
    api.push(plain(3).summary.traceId);
    await page.getByText('Paused, 1 trace changed').waitFor();
    expect(await page.locator('a.trace-link').count()).toBe(2);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('link', { name: 'job 3' }).waitFor();
  });

  it('a lost connection is said, and what was missed is there when it is back', async () => {
    const traces = [plain(1)];
    const { page, api } = await open('/', traces);
    await page.locator('[data-testid=live][data-state=live]').waitFor();
    api.dropTails(true);
    await page.getByTestId('connection-lost').waitFor();
    traces.push(plain(2));
    api.dropTails(false);
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByRole('link', { name: 'job 2' }).waitFor();
    await expect.poll(() => page.getByTestId('connection-lost').count(), patience).toBe(0);
  });

  it('an empty store tells how to begin, and becomes the list with the first span', async () => {
    const traces: (typeof crew)[] = [];
    const { page, api } = await open('/', traces);
    const guide = await page.getByTestId('get-started').innerText();
    expect(guide).toContain('watch(new OpenAI())');
    expect(guide).toContain(`OTEL_EXPORTER_OTLP_ENDPOINT=${api.origin}`);
    await page.getByText('Listening for the first span').waitFor();
    traces.push(crew);
    api.push(CREW_ID);
    await page.getByTestId('trace-table').waitFor();
  });

  it('a failing API shows what happened, why, and how to go on', async () => {
    const { page, api } = await open('/', [crew]);
    await page.getByTestId('trace-table').waitFor();
    api.answers.problem = { code: 'INTERNAL', what: 'Something failed: 7f3a.', why: 'A bug.', fix: 'Report it.' };
    await page.reload();
    const shown = await page.getByTestId('error-state').innerText();
    for (const part of ['Something failed: 7f3a.', 'A bug.', 'Report it.', 'INTERNAL']) expect(shown).toContain(part);
    api.answers.problem = undefined;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByTestId('trace-table').waitFor();
  });
});

describe('one trace', () => {
  it('a chosen span stands in the address, and the arrow keys walk, fold and unfold the tree', async () => {
    const { page } = await open(`/traces/${CREW_ID}`, [crew]);
    const tree = page.getByRole('treegrid', { name: 'Spans of this trace' });
    await tree.focus();
    for (const key of ['ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
    await expect.poll(() => new URL(page.url()).search, patience).toBe('?span=b1');
    expect(await page.getByTestId('span-panel').innerText()).toContain('role researcher');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => tree.locator('[data-span-id]').count(), patience).toBe(5);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => tree.locator('[data-span-id]').count(), patience).toBe(8);
    await page.keyboard.press('Escape');
    await page.getByTestId('trace-panel').waitFor();
    expect(new URL(page.url()).search).toBe('');
  });

  it('TK-19 a call without content says that it was not captured, and how to have it', async () => {
    const call = makeCall('call1', null, '0.01', { name: 'chat gpt-4o' });
    const trace = traceOf('c4e5000000000000000000000000000b', [call]);
    const { page } = await open(`/traces/${trace.summary.traceId}?span=call1`, [trace]);
    const panel = await page.getByTestId('span-panel').innerText();
    expect(panel).toContain('Not captured');
    expect(panel).toContain('captureContent');
  });

  it('errors come first: the header names the cause and leads to it, e goes from one to the next', async () => {
    const { page } = await open(`/traces/${CREW_ID}`, [crew]);
    expect(await page.getByTestId('trace-error').innerText()).toContain('429 slow down');
    await page.getByTestId('trace-error').getByRole('button', { name: 'Show' }).click();
    expect(await page.getByTestId('span-error').innerText()).toContain('RateLimitError');
    await page.keyboard.press('Escape');
    await page.keyboard.press('e');
    await page.getByTestId('span-error').waitFor();
  });

  it('spans whose parent is missing stand under a note, and a trace without its root is said to be partial', async () => {
    const spans = [
      makeSpan('x', 'gone', { name: 'left behind' }),
      makeSpan('y', 'x', { name: 'its child', offsetMs: 5 }),
    ];
    const { page } = await open('/traces/ab', [traceOf('ab', spans, { rootArrived: false })]);
    await page.getByText('Parent not received: 1 span').waitFor();
    expect(await page.getByTestId('trace-partial').innerText()).toMatch(/^Partial/);
    expect(await page.locator('[data-span-id]').count()).toBe(2);
  });

  it('a trace that still runs says so and grows as its spans come in', async () => {
    const start = `${new Date().toISOString().slice(0, -1)}000000Z`;
    const early = [makeCall('c', 'root', '0.1', { name: 'chat gpt-4o', offsetMs: 10 })];
    const traces = [traceOf('ab', early, { rootArrived: false, start })];
    const { page, api } = await open('/traces/ab', traces);
    expect(await page.getByTestId('trace-partial').innerText()).toMatch(/^Still running/);
    traces[0] = traceOf('ab', [makeSpan('root', null, { name: 'the root' }), ...early], { start });
    api.push('ab');
    await page.getByRole('heading', { name: 'the root' }).waitFor();
    await page.getByTestId('trace-partial').waitFor({ state: 'detached' });
  });

  it('a trace of 10,000 spans keeps the document small and reaches its last span', async () => {
    const spans = Array.from({ length: 10_000 }, (_, i) =>
      makeCall(`s${i}`, i ? `s${Math.floor((i - 1) / 10)}` : null, '0.000001', { name: `call ${i}`, offsetMs: i }),
    );
    const { page } = await open('/traces/ab', [traceOf('ab', spans)]);
    const tree = page.getByTestId('span-tree');
    await tree.locator('[data-span-id]').first().waitFor();
    expect(await tree.getAttribute('aria-rowcount')).toBe('10001');
    expect(await tree.locator('[data-span-id]').count()).toBeLessThan(80);
    await tree.focus();
    await page.keyboard.press('End');
    await page.locator('[aria-rowindex="10001"][aria-selected="true"]').waitFor();
    expect(await tree.locator('[data-span-id]').count()).toBeLessThan(120);
  });

  it('finding keeps the matches and what leads to them', async () => {
    const { page } = await open(`/traces/${CREW_ID}`, [crew]);
    await page.getByLabel('Find in this trace').fill('llama');
    await page.getByText('1 match', { exact: true }).waitFor();
    expect(await page.locator('.span-name').allInnerTexts()).toEqual(['content-crew', 'writer', 'house-llama']);
  });
});
