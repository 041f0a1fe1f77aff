/** The built page in a real browser, over canned answers. */
import type { Trace } from '@tallyspan/server';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import { findBrowser } from '../../../tools/browser.ts';
import { builtPage } from './built-page.ts';
import { startFakeApi, type FakeApi } from './fake-api.ts';
import { answersOf } from './sample.ts';

interface Opened {
  page: Page;
  api: FakeApi;
}

// A real browser on a machine that does other things too.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** For `expect.poll`, which waits a second by default. */
export const patience = { timeout: 20_000 };

/** Builds the page and starts a browser once for a test file. `open` gives a fresh profile and a fresh API. */
export function withPage() {
  let browser: Browser;
  let dist: string;
  const open = new Set<FakeApi>();
  /** Whatever a test is about: nothing may throw, break the policy, or leave for another origin. */
  const problems: string[] = [];

  beforeAll(async () => {
    const executablePath = findBrowser();
    if (!executablePath) throw new Error('No browser was found: install Chromium, or set CHROME_PATH to one.');
    dist = await builtPage();
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
    for (const api of open) await api.close();
  });

  return async (path: string, traces: Trace[], options: BrowserContextOptions = {}): Promise<Opened> => {
    const api = await startFakeApi(dist, answersOf(traces));
    open.add(api);
    const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => problems.push(`The page threw: ${error.message}`));
    page.on('console', (message) => {
      if (/Content.Security.Policy|Trusted/i.test(message.text())) problems.push(message.text());
    });
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== api.origin) problems.push(`A request left for ${request.url()}`);
    });
    await page.goto(`${api.origin}${path}`);
    return { page, api };
  };
}
