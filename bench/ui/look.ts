/** What somebody sees of a page in Chromium: when the first rows stand there, and whether scrolling keeps up with the screen. */
import type { CDPSession, Page } from 'playwright-core';

/** Runs in the page: the time of the frame after the first row of the tree. */
const watchFirstRow = `
  new MutationObserver((_, watching) => {
    if (!document.querySelector('[data-span-id]')) return;
    watching.disconnect();
    requestAnimationFrame(() => { window.firstRowsMs = performance.now(); });
  }).observe(document, { childList: true, subtree: true });`;

/** What the thread of the page worked so far, in milliseconds: other processes do not count. */
async function workedMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1_000;
}

async function clockOf(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return session;
}

/** Milliseconds from the start of the navigation, and what the page itself worked for it. */
export async function firstRows(page: Page, url: string): Promise<{ ms: number; workedMs: number }> {
  const session = await clockOf(page);
  await page.addInitScript(watchFirstRow);
  await page.goto(url);
  const read = () => (globalThis as { firstRowsMs?: number }).firstRowsMs;
  const seen = await page.waitForFunction(read, undefined, { timeout: 120_000 });
  return { ms: Number(await seen.jsonValue()), workedMs: await workedMs(session) };
}

export interface Frames {
  perSecond: number;
  /** Of those that the screen could have shown. */
  droppedPercent: number;
  worstMs: number;
  /** Of the page itself for one frame; a screen waits 16.7. */
  workedMs: number;
}

/** Runs in the page: scrolls in each frame and answers when the frames were. */
const scrollAndWatch = (pixels: number, seconds: number) => `
  new Promise((resolve) => {
    const scroller = document.querySelector('[data-testid=span-tree]');
    const times = [];
    const step = (now) => {
      times.push(now);
      scroller.scrollTop += ${pixels};
      if (now - times[0] < ${seconds * 1_000}) requestAnimationFrame(step);
      else resolve(times);
    };
    requestAnimationFrame(step);
  })`;

const SCREEN_HZ = 60;

/** Scrolls the tree by `pixels` in each frame and counts the frames. */
export async function scroll(page: Page, pixels: number, seconds: number): Promise<Frames> {
  const session = await clockOf(page);
  const before = await workedMs(session);
  const times = await page.evaluate<number[]>(scrollAndWatch(pixels, seconds));
  const worked = (await workedMs(session)) - before;
  const gaps = times.slice(1).map((time, i) => time - times[i]!);
  const lastedMs = times.at(-1)! - times[0]!;
  const possible = Math.round((lastedMs / 1_000) * SCREEN_HZ);
  return {
    perSecond: (gaps.length / lastedMs) * 1_000,
    droppedPercent: Math.max(0, (1 - gaps.length / possible) * 100),
    worstMs: Math.max(...gaps),
    workedMs: worked / gaps.length,
  };
}
