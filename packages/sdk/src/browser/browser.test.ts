import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { harness } from '../../test/harness.ts';
import type { SinkSpan } from '../../test/otlp-sink.ts';
import { browserPath } from '../../test/runtimes.ts';
import { agent, watch as watchFromTheFace } from '../index.ts';
import { browse, unwatch, watch } from './index.ts';
import { visitedUrl } from './visited-url.ts';

// A real browser on a machine that does other things too.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const h = harness();
let browser: Browser;
let page: Page;
let server: Server;
let url: string;

const shop = `<title>Shop</title><input id="name"><input id="terms" type="checkbox"><select><option>41</option><option>42</option></select>
<ul><li><button onclick="this.textContent = 'bought'">Buy</button></li></ul><a href="/help?ticket=kanarienvogel" target="_blank">Help</a>
<iframe srcdoc="<button>Inside</button>"></iframe>`;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url!.startsWith('/cut')) return void request.socket.destroy();
    const [status, body] = request.url === '/gone' ? [410, 'Gone'] : [200, shop];
    response.writeHead(status, { 'content-type': 'text/html' }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await chromium.launch({ executablePath: browserPath(), args: ['--no-sandbox'] });
});
beforeEach(async () => {
  page = await browser.newPage();
  return () => page.close();
});
afterAll(async () => {
  await browser?.close();
  server.closeAllConnections();
  server.close();
});

const visits = async () => (await h.spans()).filter(({ name }) => name.startsWith('browser_browse'));
const told = ({ attributes }: SinkSpan) => [attributes['url.full'], attributes['tally.browser.actions']];

describe('a visit', () => {
  it('OBS-20 has the address without query, and as many actions as were done, through locators, keys and frames too', async () => {
    const shopper = agent({ name: 'shopper', tenant: 'acme' }, () =>
      browse(page, async (same) => {
        expect(same).toBe(page);
        const { host } = new URL(url);
        await page.goto(`http://user:kanarienvogel@${host}/shoes?token=kanarienvogel#kanarienvogel`);
        await page.fill('#name', 'kanarienvogel');
        await page.locator('body').locator('#name').press('End');
        await page.locator('#name').pressSequentially('!');
        await page.locator('#name').clear();
        await page.getByRole('checkbox').setChecked(true);
        await page.locator('select').selectOption('42');
        await page.getByRole('listitem').filter({ hasText: 'Buy' }).getByRole('button').first().click();
        await page.frameLocator('iframe').getByRole('button').click();
        await page.keyboard.type('x');
        await (await page.$('button'))!.click();
        return page.locator('ul').textContent();
      }),
    );
    expect(await shopper()).toBe('bought');
    const spans = await h.spans();
    expect(spans.map(({ name }) => name)).toEqual([`browser_browse ${new URL(url).host}`, 'invoke_agent shopper']);
    const [visit, root] = spans;
    expect(told(visit!)).toEqual([`${url}/shoes`, 10]);
    expect(visit).toMatchObject({ failed: false, parentSpanId: root!.spanId });
    expect(visit!.attributes).toMatchObject({
      'gen_ai.operation.name': 'browser_browse',
      'gen_ai.agent.name': 'shopper',
      'tally.tenant': 'acme',
    });
    expect(h.sink.bytes().includes('kanarienvogel')).toBe(false);
  });

  it('ends with the next one, and when the page is closed', async () => {
    h.init({ dialects: ['hexr'] });
    expect(watchFromTheFace(page)).toBe(page);
    await page.goto(`${url}/a`);
    await page.click('button');
    expect(await h.spans()).toHaveLength(0);
    await page.goto(`${url}/b`);
    await page.goBack();
    await page.mouse.wheel(0, 10);
    await page.close();
    const spans = await h.spans();
    expect(
      spans.map(({ name, attributes }) => [
        name,
        attributes['hexr.browser.url'],
        attributes['hexr.browser.actions_count'],
      ]),
    ).toEqual([
      ['hexr.browser.browse', `${url}/a`, 1],
      ['hexr.browser.browse', `${url}/b`, 2],
    ]);
  });

  it('of a page that is somewhere already begins with the first action, or with browse', async () => {
    await page.goto(`${url}/before?q=1`);
    await browse(page, () => undefined);
    watch(page);
    expect(await page.textContent('title')).toBe('Shop');
    await page.check('#terms');
    unwatch(page);
    expect((await visits()).map(told)).toEqual([
      [`${url}/before`, 0],
      [`${url}/before`, 1],
    ]);
  });

  it('of a page that was opened by the page is a visit of its own, in the same run', async () => {
    const shopper = agent({ name: 'shopper' }, () =>
      browse(page, async () => {
        await page.goto(`${url}/shop`);
        const [help] = await Promise.all([page.waitForEvent('popup'), page.getByText('Help').click()]);
        await help.waitForLoadState();
        await help.fill('#name', 'x');
        await help.close();
        await page.click('button');
      }),
    );
    await shopper();
    const spans = await h.spans();
    const root = spans.find(({ name }) => name === 'invoke_agent shopper')!;
    const all = spans.filter(({ name }) => name.startsWith('browser_browse'));
    expect(all.map(told)).toEqual([
      [`${url}/help`, 1],
      [`${url}/shop`, 2],
    ]);
    for (const visit of all)
      expect(visit).toMatchObject({ parentSpanId: root.spanId, attributes: { 'gen_ai.agent.name': 'shopper' } });
  });
});

describe('what goes wrong', () => {
  it('names the visit and stays the caller’s own error', async () => {
    const failing = browse(page, async () => {
      await page.goto(url);
      await page.click('#nowhere', { timeout: 100 });
    });
    await expect(failing).rejects.toMatchObject({ name: 'TimeoutError' });
    expect((await browse(page, () => page.goto(`${url}/gone`)))?.status()).toBe(410);
    await expect(browse(page, () => page.goto(`${url}/cut?x=kanarienvogel`))).rejects.toThrow('ERR_EMPTY_RESPONSE');
    const spans = await visits();
    expect(spans.map(({ attributes, failed }) => [attributes['url.full'], failed, attributes['error.type']])).toEqual([
      [`${url}/`, true, 'TimeoutError'],
      // Where the page was when the second one began, and the third.
      [`${url}/`, false, undefined],
      [`${url}/gone`, true, '410'],
      [`${url}/gone`, false, undefined],
      [`${url}/cut`, true, 'ERR_EMPTY_RESPONSE'],
    ]);
    expect(spans.at(-1)!.statusMessage).toBe('ERR_EMPTY_RESPONSE');
    expect(h.sink.bytes().includes('kanarienvogel')).toBe(false);
  });

  it('an action that nobody waits for and that fails is as unhandled as it was', async () => {
    watch(page);
    await page.goto(url);
    const seen = vi.fn<() => void>();
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', seen);
    void page.click('#nowhere', { timeout: 50 });
    await expect.poll(() => seen.mock.calls.length).toBe(1);
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
  });
});

describe('the page', () => {
  it('is the library’s own again after unwatch, after browse, and when it was closed', async () => {
    const held = () => {
      const of = [page, ...page.frames(), page.keyboard, page.mouse, page.touchscreen];
      const listeners = ['popup', 'close', 'crash', 'frameattached'].map((event) =>
        (page as unknown as NodeJS.EventEmitter).listenerCount(event),
      );
      return [of.flatMap((each) => Object.keys(Object.getOwnPropertyDescriptors(each))), listeners];
    };
    await page.goto(url);
    const before = held();
    unwatch(watch(page));
    expect(held()).toEqual(before);
    await browse(page, () => page.locator('button').click());
    expect(held()).toEqual(before);
    watch(watch(page));
    expect(held()).not.toEqual(before);
    await page.close();
    // Playwright itself no longer listens for the end of a page that is closed.
    before[1]![1] = 0;
    expect(held()).toEqual(before);
  });

  it('is forgotten when it was closed', async () => {
    const other = await browser.newPage();
    let collected = false;
    const registry = new FinalizationRegistry(() => (collected = true));
    await (async () => {
      const context = await browser.newContext();
      const short = watch(await context.newPage());
      registry.register(short, undefined);
      await short.goto(url);
      await short.click('button');
      await context.close();
    })();
    await expect
      .poll(
        () => {
          globalThis.gc?.();
          return collected;
        },
        { timeout: 10_000 },
      )
      .toBe(true);
    await other.close();
  });
});

it('OBS-20 of an address only what is no secret is kept', () => {
  const all = {
    'https://user:pass@example.com:8443/a/b?q=1#x': 'https://example.com:8443/a/b',
    'file:///home/me/a.html?x': 'file:///home/me/a.html',
    'data:text/html,<p>secret': 'data:',
    'blob:https://example.com/1-2': 'blob:',
    'javascript:alert(1)': 'javascript:',
    'about:blank': undefined,
    '/relative?x': undefined,
    '': undefined,
  };
  for (const [given, kept] of Object.entries(all)) expect(visitedUrl(given)).toBe(kept);
  expect(visitedUrl(`https://example.com/${'a'.repeat(5000)}`)).toHaveLength(2048);
});
