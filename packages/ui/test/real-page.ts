/** The built page over the real server, in a real browser. One of each for a test file. */
import axe from 'axe-core';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import { findBrowser } from '../../../tools/browser.ts';
import type { TestServer } from '../../server/test/start-test-server.ts';
import { builtPage } from './built-page.ts';
import { startSeeded, type Call } from './seed-server.ts';

// A real browser on a machine that does other things too.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

export interface RealPage {
  server(): TestServer;
  /** A page at a path of the server, in a context of its own unless one is given. */
  open(path: string, options?: BrowserContextOptions | BrowserContext): Promise<Page>;
}

/** A server with these calls in it. Nothing on the page may throw, break its policy, or leave for another origin. */
export function withRealPage(calls: readonly Call[]): RealPage {
  let browser: Browser;
  let dist: string;
  let server: TestServer;
  const problems: string[] = [];

  beforeAll(async () => {
    const executablePath = findBrowser();
    if (!executablePath) throw new Error('No browser was found: install Chromium, or set CHROME_PATH to one.');
    dist = await builtPage();
    server = await startSeeded(dist, calls);
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  });
  afterEach(() => {
    expect(problems.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.end();
  });

  return {
    server: () => server,
    async open(path, options = {}) {
      const context =
        'newPage' in options ? options : await browser.newContext({ reducedMotion: 'reduce', ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      page.on('pageerror', (error) => problems.push(`The page threw: ${error.message}`));
      page.on('console', (message) => {
        if (/Content.Security.Policy|Trusted/i.test(message.text())) problems.push(message.text());
      });
      page.on('request', (request) => {
        if (new URL(request.url()).origin !== server.url) problems.push(`A request left for ${request.url()}`);
      });
      await page.goto(server.url + path);
      return page;
    },
  };
}

/** Rules of accessibility that axe knows and the page breaks; all of them, or those that are named. */
export async function violations(page: Page, rules?: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  return page.evaluate(async (only) => {
    const { axe: checker } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const result = await checker.run(only ? { runOnly: only } : {});
    return result.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  }, rules);
}

/** What runs or leads elsewhere because of somebody's text: nothing. */
export function foreignParts(page: Page): Promise<Record<string, unknown>> {
  return page.evaluate(() => {
    const all = [...document.querySelectorAll('#root *')];
    return {
      pwned: 'pwned' in window,
      elements: all.filter((each) => each.matches('img, script, iframe, object, embed, style, link, base')).length,
      links: [...document.querySelectorAll('a')].filter((link) => link.origin !== location.origin).length,
      handlers: all.filter((each) => [...each.attributes].some(({ name }) => name.startsWith('on'))).length,
    };
  });
}
