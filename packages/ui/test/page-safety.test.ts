import { describe, expect, it } from 'vitest';
import { makeCall } from './make-span.ts';
import { patience, withPage } from './open-page.ts';
import { violations } from './real-page.ts';
import { crew, CREW_ID, traceOf } from './sample.ts';

const open = withPage();

const PAYLOADS = [
  '<img src=x onerror="window.pwned=1">',
  '"><script>window.pwned=1</script>',
  "javascript:window.pwned=1//'",
  '{{constructor.constructor("window.pwned=1")()}}',
  '\u202egnp.exe\u0000\u{e0041}',
  '[x](javascript:window.pwned=1) ![x](https://evil.example/p.png)',
];

/** One trace with the payload in every field that holds somebody's text. */
function hostile(traceId: string, text: string) {
  const messages = JSON.stringify([
    {
      role: text,
      parts: [
        { type: 'text', content: text },
        { type: text, name: text, arguments: { [text]: text } },
      ],
    },
  ]);
  const span = makeCall('a1', null, '0.001', {
    ...{
      name: text,
      agent: text,
      role: text,
      tool: text,
      provider: text,
      model: text,
      requestModel: text,
      operation: text,
    },
    ...{ status: 'error', statusMessage: text, errorType: text, finishReasons: [text] },
    facts: { tenant: text, runId: text, inputMessages: messages, toolArguments: text, [text]: text },
    attributes: { [text]: text, __proto__x: { [text]: [text] } },
    resource: { [text]: text },
    scope: { name: text, version: text },
    events: [{ name: text, time: text, offsetMs: 1, attributes: { [text]: text } }],
    links: [{ traceId: text, spanId: text, attributes: { [text]: text } }],
    cost: {
      source: 'computed',
      costUsd: '0.001',
      version: text,
      priceId: text,
      lines: [{ type: text, tokens: 1, usdPerMillion: 1, costUsd: '0.001' }],
    },
  });
  return traceOf(traceId, [span], {
    tenant: text,
    agent: text,
    runId: text,
    sessionId: text,
    start: text,
    models: [text, text, text],
  });
}

/** The pages that list and sum, in all their views. */
const LISTS = [
  ...[
    '/?facets=agent,model&cols=time,name,agent,tenant,session,models,id',
    '/agents',
    '/sessions',
    '/sessions?by=user',
  ],
  ...['/models', '/models?view=prompts', '/guard', '/a2a', '/a2a?view=matrix', '/a2a?view=graph'],
];
/** What tells that a page has what it was asked for. */
const SHOWN =
  [...['trace-table', 'span-tree', 'cost-table', 'trace-panel', 'span-panel', 'empty-state']]
    .map((id) => `[data-testid=${id}]`)
    .join() + ', .data-table, .state';

describe('what others send', () => {
  // Thirty pages, one after the other.
  it('stays text on every page, whatever it looks like', { timeout: 150_000 }, async () => {
    const traces = PAYLOADS.map((payload, i) => hostile(String(i).repeat(32), payload));
    const { page, api } = await open('/', traces);
    const details = traces.flatMap(({ summary }) => [
      `/traces/${summary.traceId}`,
      `/traces/${summary.traceId}?span=a1`,
    ]);
    const quoted = encodeURIComponent(JSON.stringify(PAYLOADS[0]));
    const own = [...LISTS, `/?q=${quoted}`, `/?q=${encodeURIComponent(PAYLOADS[0]!)}`, `/agents?agent=${quoted}`];
    for (const path of [...own, `/models?view=prompts&group=${quoted}`, '/costs', ...details]) {
      await page.goto(`${api.origin}${path}`);
      await page.locator(SHOWN).first().waitFor();
      const found = await page.evaluate(() => {
        document.querySelectorAll('details').forEach((each) => (each.open = true));
        const all = [...document.querySelectorAll('#root *')];
        return {
          pwned: 'pwned' in window,
          elements: all.filter((each) => each.matches('img, script, iframe, object, embed, style, link, base, form'))
            .length,
          links: [...document.querySelectorAll('a')].filter((link) => link.origin !== location.origin).length,
          handlers: all.filter((each) => [...each.attributes].some(({ name }) => name.startsWith('on'))).length,
        };
      });
      expect(found, path).toEqual({ pwned: false, elements: 0, links: 0, handlers: 0 });
    }
  });

  it('text that would read backwards shows the character that turns it', async () => {
    const { page } = await open('/traces/ab', [hostile('ab', '\u202egnp.exe')]);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('\\u202egnp.exe');
  });
});

describe('for everybody', () => {
  const pages = [
    '/',
    `/traces/${CREW_ID}`,
    `/traces/${CREW_ID}?span=c1`,
    `/traces/${CREW_ID}?span=c3`,
    '/costs',
    ...LISTS,
    '/agents?agent=content-crew&tenant=acme-corp',
    '/models?view=prompts&group=content-crew',
    '/?q=colour:red',
    '/no/such/page',
  ];

  it.each(['light', 'dark'] as const)(
    'no page breaks a rule of accessibility that axe knows, in the %s theme',
    async (colorScheme) => {
      const { page, api } = await open('/', [crew], { colorScheme });
      for (const path of pages) {
        await page.goto(`${api.origin}${path}`);
        await page.locator(SHOWN).first().waitFor();
        // Only colours depend on the theme.
        const rules = colorScheme === 'dark' ? ['color-contrast', 'link-in-text-block'] : undefined;
        expect(await violations(page, rules), path).toEqual([]);
      }
    },
  );

  it('at 360 pixels nothing runs out of the window', async () => {
    const { page, api } = await open('/', [crew], { viewport: { width: 360, height: 740 } });
    for (const path of pages) {
      await page.goto(`${api.origin}${path}`);
      await page.locator('h1').waitFor();
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
        path,
      ).toBeLessThanOrEqual(0);
    }
    await page.goto(`${api.origin}/`);
    expect(await page.locator('.trace-row .c-cost').last().innerText()).toContain('$0.0247');
  });

  it('a chosen theme is remembered, and the system decides again when it is given back', async () => {
    const { page } = await open('/', [crew], { colorScheme: 'light' });
    const scheme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
    const button = page.getByTestId('theme');
    await button.click();
    await button.click();
    expect(await scheme()).toBe('dark');
    await page.reload();
    await button.waitFor();
    expect(await scheme()).toBe('dark');
    await button.click();
    expect(await scheme()).toBe('light dark');
  });

  it('? opens the list of keys, and Escape closes it', async () => {
    const { page } = await open('/', [crew]);
    await page.getByTestId('trace-table').waitFor();
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: 'Keyboard' });
    await expect.poll(() => dialog.isVisible(), patience).toBe(true);
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog.isVisible(), patience).toBe(false);
  });

  it('a trace that does not exist and a page that does not exist both lead back', async () => {
    const { page, api } = await open('/traces/ffff', [crew]);
    expect(await page.getByTestId('error-state').innerText()).toContain('There is no /api/v1/traces/ffff.');
    await page.goto(`${api.origin}/no/such/page`);
    await page.getByRole('link', { name: 'All traces', exact: true }).click();
    await page.getByTestId('trace-table').waitFor();
  });
});
