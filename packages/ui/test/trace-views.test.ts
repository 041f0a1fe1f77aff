import type { Skeleton, Trace } from '@tallyspan/server';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { makeCall, makeSpan } from './make-span.ts';
import { patience, withPage } from './open-page.ts';
import { violations } from './real-page.ts';
import { traceOf } from './sample.ts';
import { helpdesk, helpdeskBefore, HELPDESK_ID, longTrace } from './trace-sample.ts';

const open = withPage();
const path = `/traces/${HELPDESK_ID}`;
const search = (page: Page) => new URL(page.url()).searchParams;

describe('the waterfall', () => {
  it('zooms by key, by wheel and by drawing, keeps the part in the address, and shows all again', async () => {
    const { page } = await open(`${path}?span=m2`, [helpdesk]);
    const bar = page.locator('[data-span-id=m2] .bar');
    const width = async () => (await bar.boundingBox())!.width;
    await bar.waitFor();
    const before = await width();
    for (const key of ['+', '+']) await page.keyboard.press(key);
    await expect.poll(width, patience).toBeGreaterThan(before * 2);
    await expect.poll(() => search(page).has('zoom'), patience).toBe(true);
    await page.reload();
    await expect.poll(width, patience).toBeGreaterThan(before * 2);

    await page.keyboard.press('0');
    await expect.poll(width, patience).toBeCloseTo(before, 0);
    await expect.poll(() => search(page).has('zoom'), patience).toBe(false);

    const box = (await bar.boundingBox())!;
    await page.mouse.move(box.x + 5, box.y + 5);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -100);
    await page.keyboard.up('Control');
    await expect.poll(width, patience).toBeGreaterThan(before * 1.3);
    await page.getByRole('button', { name: 'Show the whole time' }).click();

    const frame = (await page.locator('.overview-frame').boundingBox())!;
    await page.mouse.move(frame.x + frame.width * 0.2, frame.y + 10);
    await page.mouse.down();
    await page.mouse.move(frame.x + frame.width * 0.4, frame.y + 10, { steps: 3 });
    await page.mouse.up();
    await expect.poll(() => search(page).get('zoom'), patience).toMatch(/^1\d\d\d(\.\d+)?-2\d\d\d(\.\d+)?$/);
    expect(await page.locator('[data-span-id=g1] .bar-outside.is-before').count()).toBe(1);
  });

  it('drawing over the rows chooses a part of the time and no span', async () => {
    const { page } = await open(path, [helpdesk]);
    const row = (await page.locator('[data-span-id=x1] .s-time').boundingBox())!;
    await page.mouse.move(row.x + row.width * 0.5, row.y + 8);
    await page.mouse.down();
    await page.mouse.move(row.x + row.width * 0.75, row.y + 40, { steps: 4 });
    await page.mouse.up();
    await expect
      .poll(() => search(page).get('zoom'), patience)
      .toMatch(/^3\d{3}(\.\d+)?-4\d{3}(\.\d+)?$|^2\d{3}\.\d+-4\d{3}(\.\d+)?$/);
    expect(search(page).has('span')).toBe(false);
  });

  it('says what the end waited for, and draws it', async () => {
    const { page } = await open(path, [helpdesk]);
    expect((await page.getByTestId('path-summary').innerText()).replace(/\s+/g, ' ')).toContain('Model call 5 spans');
    await page.keyboard.press('c');
    await expect.poll(() => page.locator('.path-line').count(), patience).toBeGreaterThan(5);
    expect(search(page).get('path')).toBe('on');
  });

  it('names the deepest cause first, lists every failed span, and e goes from one to the next', async () => {
    const { page } = await open(path, [helpdesk]);
    const note = page.getByTestId('trace-error');
    expect(await note.innerText()).toContain('RateLimitError: 429 slow down');
    await note.getByRole('button', { name: '4 failed spans' }).click();
    expect(await note.locator('li').count()).toBe(4);
    const seen: (string | null)[] = [];
    for (let i = 0; i < 4; i++) {
      await page.keyboard.press('e');
      await expect.poll(() => search(page).get('span') !== (seen.at(-1) ?? null), patience).toBe(true);
      seen.push(search(page).get('span'));
    }
    expect(seen).toEqual(['a1', 'r2', 'm4', 'm5']);
    await page.keyboard.press('[');
    await expect.poll(() => search(page).get('span'), patience).toBe('m4');
  });

  it('shows what the guard said at the line and in the details', async () => {
    const { page } = await open(`${path}?span=m4`, [helpdesk]);
    await page.getByTestId('span-verdict').waitFor();
    expect(await page.locator('[data-verdict]').allInnerTexts()).toEqual(['Redacted', 'Blocked']);
    expect((await page.getByTestId('span-verdict').innerText()).replace(/\s+/g, ' ')).toBe(
      'Guard: blocked The guard did not let it go on (what was asked). PromptInjection prompt 0.97 of 0.50',
    );
  });

  it('a cost says why: tokens by type, times the line of the price table, its version and source', async () => {
    const { page } = await open(path, [helpdesk]);
    await page.getByTestId('trace-cost').getByRole('button').focus();
    expect((await page.getByRole('tooltip').innerText()).replace(/\s+/g, ' ')).toBe(
      'openai/gpt-4o 3 calls $0.0075 3,000 input × $2.5 per million $0.0075 Computed from the price table, genai-prices@0.1.8',
    );
    await page.keyboard.press('Escape');
    await page.getByRole('tooltip').waitFor({ state: 'detached' });
  });

  it('a span is taken along as a link, as JSON and as a request, and its attributes are filtered', async () => {
    const { page, api } = await open(`${path}?span=m5&zoom=10-90`, [helpdesk], {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const copied = async (name: RegExp) => {
      await page.getByRole('group', { name: 'Copy this span' }).getByRole('button', { name }).click();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    expect(await copied(/Link/)).toBe(`${api.origin}${path}?span=m5&zoom=10-90`);
    expect(await copied(/curl/)).toContain(`${api.origin}/api/v1/traces/${HELPDESK_ID}/spans/m5`);
    expect(JSON.parse(await copied(/JSON/))).toMatchObject({ spanId: 'm5', errorType: 'RateLimitError' });
    await page.getByLabel('Filter the attributes').fill('VALUE 11');
    await page.getByText('1 attribute of 12').waitFor();
  });
});

describe('the transcript', () => {
  it('reads like the conversation: what is new, tools with their answers, pictures of their own bytes alone', async () => {
    const { page } = await open(`${path}?view=transcript`, [helpdesk]);
    const turns = page.locator('.turn');
    await turns.nth(1).locator('> .said .markdown').first().waitFor();
    expect(await page.getByTestId('earlier').locator('> summary').allInnerTexts()).toEqual([
      '2 earlier messages',
      '4 earlier messages',
    ]);
    const answer = turns.nth(1).locator('.said.is-assistant').last();
    expect(await answer.locator('strong, li, td, a').allInnerTexts()).toEqual([
      'on its way',
      'packed',
      'shipped',
      'Mon',
      'Bern',
      'Track it',
    ]);
    expect(await answer.locator('a').getAttribute('rel')).toBe('noopener noreferrer nofollow');
    expect(await answer.innerText()).toContain('<b>bold?</b>');
    expect(await answer.innerText()).toContain('not loaded: https://evil.example/map.png');

    const call = page.getByTestId('tool-call').first();
    await call.locator('summary').click();
    expect((await call.innerText()).replace(/\s+/g, ' ')).toContain(
      'Asked with { "order": 4711 } Answered show its span { "state": "shipped"',
    );
    await call.getByRole('button', { name: 'show its span' }).click();
    await expect.poll(() => search(page).get('span'), patience).toBe('t1');

    const picture = turns.first().locator('> .said canvas.picture[data-state=drawn]');
    await picture.waitFor();
    const pixels = await picture.evaluate((canvas: HTMLCanvasElement) =>
      [...canvas.getContext('2d')!.getImageData(0, 0, 2, 1).data].join(),
    );
    expect(pixels).toBe('255,0,0,255,0,0,255,255');
    expect(await turns.first().innerText()).toContain('not loaded: https://elsewhere.example/box.png');
  });

  it('with content off it says so, and how to turn it on', async () => {
    const bare = traceOf('ab', [makeCall('c', null, '0.1')]);
    const { page } = await open('/traces/ab?view=transcript', [bare]);
    expect(await page.getByTestId('content-off').innerText()).toContain('captureContent: true');
  });

  it('nothing that a model or a tool wrote runs, loads or leads away by itself', async () => {
    const payloads = [
      '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>',
      '[x](javascript:window.pwned=1) [y](data:text/html,<script>1</script>) ![x](https://evil.example/p.png)',
      '<svg/onload=window.pwned=1>',
      '```html\n<iframe src="https://evil.example"></iframe>\n```',
      '[a]: javascript:window.pwned=1\n[a] <javascript:window.pwned=1> vbscript:x',
      '| <img src=x onerror=window.pwned=1> |\n|---|\n| [x](java&#115;cript:window.pwned=1) |',
      '\u202egnp.exe\u0000',
      `${'> '.repeat(300)}deep`,
      `${'*'.repeat(4000)}${'['.repeat(4000)}`,
    ];
    const facts = (text: string) => ({
      systemInstructions: text,
      inputMessages: JSON.stringify([
        {
          role: text,
          parts: [
            { type: 'text', content: text },
            { type: 'uri', mime_type: text, uri: text },
          ],
        },
        {
          role: 'user',
          parts: [{ type: 'blob', mime_type: 'image/svg+xml', content: btoa('<svg onload="window.pwned=1"/>') }],
        },
      ]),
      outputMessages: JSON.stringify([
        {
          role: 'assistant',
          parts: [
            { type: 'reasoning', content: text },
            { type: 'tool_call', id: text, name: text, arguments: text },
          ],
        },
        { role: 'tool', parts: [{ type: 'tool_call_response', id: 'none', response: text }] },
      ]),
    });
    const spans = payloads.map((text, i) =>
      makeCall(`c${i}`, null, '0.1', { offsetMs: i, role: text, facts: facts(text) }),
    );
    const { page } = await open('/traces/ab?view=transcript', [traceOf('ab', spans)]);
    await page.locator('.turn > .said .markdown').first().waitFor();
    const found = await page.evaluate(() => {
      document.querySelectorAll('details').forEach((each) => (each.open = true));
      const all = [...document.querySelectorAll('#root *')];
      return {
        pwned: 'pwned' in window,
        elements: all.filter((each) => each.matches('img, script, iframe, object, embed, style, base, form')).length,
        links: [...document.querySelectorAll('a')].filter((link) => !/^https?:$|^mailto:$/.test(link.protocol)).length,
        handlers: all.filter((each) => [...each.attributes].some(({ name }) => name.startsWith('on'))).length,
      };
    });
    expect(found).toEqual({ pwned: false, elements: 0, links: 0, handlers: 0 });
  });
});

describe('the agents', () => {
  it('are drawn with what they called, walked by keys, and told in a table', async () => {
    const { page } = await open(path, [helpdesk]);
    await page.getByTestId('span-tree').waitFor();
    await page.keyboard.press('a');
    const box = page.getByRole('button', { name: /^Model call gpt-4o 5×, \$0\.0075 2 errors$/ });
    await box.focus();
    await page.keyboard.press('Enter');
    await page.getByTestId('graph-chosen').getByRole('button', { name: 'Show the failed span' }).click();
    await page.getByTestId('span-tree').waitFor();
    expect(search(page).get('span')).toBe('m4');
    await page.keyboard.press('a');
    const row = page.locator('.graph-table tr', { hasText: 'gpt-4o' });
    expect((await row.innerText()).replace(/\s+/g, ' ')).toContain('support 3×, writer 2×');
  });
});

describe('the comparison', () => {
  it('lays another trace of the agent beside this one: figures, and the steps that differ', async () => {
    const { page } = await open(path, [helpdesk, helpdeskBefore]);
    await page.getByRole('button', { name: 'Compare' }).click();
    await page
      .getByTestId('compare-picker')
      .getByRole('button', { name: /invoke_agent helpdesk/ })
      .click();
    const figures = page.getByTestId('compare-figures');
    expect((await figures.innerText()).replace(/\s+/g, ' ')).toContain('Spans 18 13 +5 (38%)');
    expect(search(page).get('compare')).toBe(helpdeskBefore.summary.traceId);
    await page.getByLabel('Only what differs').check();
    await page.locator('[data-difference=slower]').waitFor();
    expect(await page.locator('[data-difference=same]').allInnerTexts()).toHaveLength(1);
    await page.getByRole('button', { name: 'find_order' }).first().click();
    await page.getByTestId('span-panel').waitFor();
  });

  it('a trace to compare with that does not exist is said, and another is chosen', async () => {
    const { page } = await open(`${path}?compare=ffff`, [helpdesk]);
    await page.getByTestId('error-state').waitFor();
    await page.getByRole('button', { name: 'Choose another trace' }).click();
    await page.getByTestId('compare-picker').waitFor();
  });
});

describe('a trace too long to be answered whole', () => {
  it('shows its first spans until all are here, says so, and sums up nothing before', async () => {
    const { page, api } = await open('/', []);
    const { summary, spans } = longTrace;
    const two = (column: number[]) => column.slice(0, 2);
    const ids = Buffer.from(spans.ids, 'base64').subarray(0, 16).toString('base64');
    const beginning: Skeleton = {
      ...{ ...longTrace, missingParents: {} },
      spans: {
        ...{ ids, parents: two(spans.parents), names: two(spans.names), patterns: two(spans.patterns) },
        ...{ starts: two(spans.starts), durations: two(spans.durations) },
      },
    };
    api.answers.trace = (path) =>
      (path.endsWith('/skeleton') ? longTrace : { summary, spans: [], beginning }) as unknown as Trace;
    let goOn: () => void = () => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    await page.route('**/skeleton', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(`${api.origin}/traces/${summary.traceId}`);
    expect(await page.getByTestId('trace-beginning').innerText()).toContain('the first 2 of 3 spans');
    const tree = page.getByTestId('span-tree');
    expect(await tree.locator('[data-span-id]').count()).toBe(2);
    expect([await tree.locator('[data-sum-usd]').count(), await page.getByTestId('breakdown-total').count()]).toEqual([
      0, 0,
    ]);
    goOn();
    await page.getByTestId('trace-beginning').waitFor({ state: 'detached' });
    await page.getByTestId('breakdown-total').waitFor();
    expect([await tree.locator('[data-span-id]').count(), await tree.locator('[data-sum-usd]').count()]).toEqual([
      3, 1,
    ]);
    expect(
      api.asked.filter(({ path }) => path.startsWith('/api/v1/traces/')).map(({ query }) => query.get('beginning')),
    ).toEqual(['1000', null]);
  });

  it('is drawn from its skeleton, and a span that is looked at is asked for', async () => {
    const { page, api } = await open('/', []);
    const detail = makeCall('00000000000000b1', '00000000000000a1', '0.25', {
      facts: { inputMessages: '[{"role":"user","content":"What is a tally?"}]' },
      attributes: { 'app.note': 'only in the details' },
    });
    api.answers.trace = (path) => {
      const answers: Record<string, unknown> = {
        [longTrace.summary.traceId]: { summary: longTrace.summary, spans: [] },
        [`${longTrace.summary.traceId}/skeleton`]: longTrace,
        [`${longTrace.summary.traceId}/spans/${detail.spanId}`]: detail,
      };
      return answers[path] as Trace | undefined;
    };
    await page.goto(`${api.origin}/traces/${longTrace.summary.traceId}`);
    await page.locator('[data-span-id="00000000000000b1"]').click();
    await page.getByText('only in the details').waitFor();
    expect(await page.getByTestId('content-inputMessages').innerText()).toContain('What is a tally?');
    // Of the three spans nothing was asked but the one that was looked at.
    const asked = new Set(
      api.asked.map(({ path }) => path.split('/').slice(5).join('/')).filter((path) => path !== ''),
    );
    expect([...asked]).toEqual(['skeleton', 'spans/00000000000000b1']);

    await page.locator('[data-span-id="00000000000000b2"]').click();
    await page.getByText('The details could not be loaded').waitFor();
    expect(await page.getByTestId('span-verdict').innerText()).toContain('Guard: blocked');

    await page.keyboard.press('t');
    await page.locator('.turn > .said .markdown').waitFor();
    expect(await page.locator('.turn').count()).toBe(2);
  });
});

describe('for everybody', () => {
  const other = helpdeskBefore.summary.traceId;
  const views = ['?path=on&zoom=100-4000', '?view=transcript&span=m2', '?view=graph', `?compare=${other}`, '?span=m4'];
  const ready =
    '.path-line, .turn > .said .markdown, [data-testid=agent-graph], [data-testid=compare-figures], [data-testid=span-verdict]';

  it.each(['light', 'dark'] as const)(
    'no view breaks a rule of accessibility that axe knows, in the %s theme',
    async (colorScheme) => {
      const { page, api } = await open(path, [helpdesk, helpdeskBefore], { colorScheme });
      for (const view of views) {
        await page.goto(`${api.origin}${path}${view}`);
        await page.locator(ready).first().waitFor();
        await page.evaluate(() => document.querySelectorAll('details').forEach((each) => (each.open = true)));
        // Only colours depend on the theme.
        const rules = colorScheme === 'dark' ? ['color-contrast', 'link-in-text-block'] : undefined;
        expect(await violations(page, rules), view).toEqual([]);
      }
    },
  );

  it('at 360 pixels no view runs out of the window', async () => {
    const { page, api } = await open(path, [helpdesk, helpdeskBefore], { viewport: { width: 360, height: 740 } });
    for (const view of views) {
      await page.goto(`${api.origin}${path}${view}`);
      await page.locator(ready).first().waitFor();
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
        view,
      ).toBeLessThanOrEqual(0);
    }
  });

  it('an unknown view, zoom or span in the address shows the trace all the same', async () => {
    const { page } = await open(`${path}?view=nonsense&zoom=9e9-1&span=none&path=maybe`, [helpdesk]);
    await page.getByTestId('trace-panel').waitFor();
    await expect.poll(() => page.locator('[data-span-id]').count(), patience).toBe(18);
  });

  it('a span without a name, without time and without a parent is drawn', async () => {
    const odd = traceOf('ab', [makeSpan('x', 'gone', { name: '', durationMs: 0, offsetMs: 0 })], { durationMs: 0 });
    const { page } = await open('/traces/ab', [odd]);
    await page.locator('[data-span-id=x] .bar').waitFor({ state: 'attached' });
    expect(await page.locator('.span-name').innerText()).toBe('(no name)');
  });
});
