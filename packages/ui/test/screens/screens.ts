/** Every page as it is drawn with fixed data at a fixed time, and how that is compared with what was approved. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { withPage } from '../open-page.ts';
import { CREW_ID } from '../sample.ts';
import { HELPDESK_ID } from '../trace-sample.ts';
import { changedPixels, marked } from './compare-pictures.ts';
import { fixedAnswers, NOW } from './fixed-answers.ts';
import { paletteOf, readPicture, readTrueColours, withPalette, writePicture } from './png.ts';

/** What a page is called, where it is, and what stands on it when it is there. */
export type Screen = readonly [name: string, path: string, shown: string];

export const SCREENS: readonly Screen[] = [
  ['traces', '/', '[data-testid=trace-table]'],
  ['traces-facets', '/?facets=agent,model&q=status:ok', '[data-testid=trace-table]'],
  ['trace', `/traces/${CREW_ID}`, '[data-testid=path-summary]'],
  ['trace-span', `/traces/${CREW_ID}?span=c1&path=on`, '[data-testid=cost-lines]'],
  ['trace-transcript', `/traces/${HELPDESK_ID}?view=transcript`, '[data-testid=trace-panel], main h1'],
  ['trace-graph', `/traces/${HELPDESK_ID}?view=graph`, 'main h1'],
  ['trace-compare', `/traces/${CREW_ID}?compare=${HELPDESK_ID}`, 'main h1'],
  ['costs', '/costs', '[data-testid=cost-total]'],
  ['costs-models', '/costs?view=models', '[data-testid=latency-table]'],
  ['agents', '/agents', '[data-testid=agents]'],
  ['runs', '/agents?agent=content-crew&tenant=acme-corp', '[data-testid=runs]'],
  ['sessions', '/sessions', '[data-testid=sessions]'],
  ['models', '/models', '[data-testid=models]'],
  ['guard', '/guard', '[data-testid=guard-recent]'],
  ['a2a', '/a2a', '[data-testid=a2a-table]'],
  ['a2a-graph', '/a2a?view=graph', '[data-testid=a2a-graph]'],
  ['budgets', '/budgets', '[data-budget]'],
  ['alerts', '/budgets?view=alerts', '[data-alert]'],
  ['platform', '/platform', '[data-testid=readiness]'],
  ['platform-storage', '/platform?view=storage', '[data-testid=sizes]'],
  ['settings-keys', '/settings', '[data-testid=keys]'],
  ['settings-quotas', '/settings?view=quotas', '[data-testid=quotas]'],
  ['settings-prices', '/settings?view=prices', '[data-testid=own-prices]'],
  ['settings-data', '/settings?view=data', '[data-testid=proof]'],
  ['settings-audit', '/settings?view=audit', '[data-testid=audit]'],
  ['settings-about', '/settings?view=about', '[data-testid=about]'],
  ['start', '/start', '[data-testid=get-started]'],
  ['sign-in', '/sign-in', '.sign-in input'],
  ['widgets', '/widgets', '[data-ready=true]'],
  ['not-found', '/no/such/page', 'main h1'],
];

export const THEMES = ['light', 'dark'] as const;
export const SIZES = [
  { width: 1280, height: 760 },
  { width: 360, height: 640 },
] as const;

/** Of a hundred thousand pixels; a letter is about thirty. */
const CHANGED_MAX = 15;
/** What moves a moment longer, such as a font that comes, is looked at again. */
const LOOKS = 4;

export interface Look {
  theme: (typeof THEMES)[number];
  size: (typeof SIZES)[number];
}

/** A window in which pages are drawn always alike. */
export async function openWindow(open: ReturnType<typeof withPage>, { theme, size }: Look): Promise<Drawn> {
  const { page, api } = await open('/sign-in', [], {
    ...{ viewport: size, colorScheme: theme, deviceScaleFactor: 1, timezoneId: 'UTC', locale: 'en-US' },
  });
  Object.assign(api.answers, fixedAnswers());
  await page.clock.setFixedTime(NOW);
  return { page, origin: api.origin, look: { theme, size } };
}

interface Drawn {
  page: Page;
  origin: string;
  look: Look;
}

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Fails when a page is drawn otherwise than it was approved, and leaves both pictures in `out/screens`. With `update` it is approved. */
export async function compareScreen({ page, origin, look }: Drawn, [name, path, shown]: Screen, update = false) {
  const called = `${name}-${look.theme}-${look.size.width}.png`;
  const approved = file(`approved/${called}`);
  await page.goto(origin + path);
  await page.locator(shown).first().waitFor({ timeout: 8_000 });
  await page.evaluate(() => document.fonts.ready);
  let problem = '';
  for (let looks = 0; looks < LOOKS; looks++) {
    await page.waitForTimeout(100 + looks * 200);
    const drawn = readTrueColours(await page.screenshot({ animations: 'disabled', caret: 'hide', scale: 'css' }));
    if (update) {
      if (looks === 0) continue;
      mkdirSync(dirname(approved), { recursive: true });
      writeFileSync(approved, writePicture(withPalette(drawn, paletteOf(drawn))));
      return;
    }
    const old = readPicture(readFileSync(approved));
    const now = withPalette(drawn, old.palette);
    const changed = changedPixels(old, now);
    if (changed.length <= (CHANGED_MAX * now.pixels.length) / 100_000) return;
    const out = file(`../../../../out/screens/${called}`);
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, writePicture(withPalette(drawn, paletteOf(drawn))));
    writeFileSync(out.replace(/\.png$/, '.changed.png'), writePicture(marked(now, changed)));
    problem = `${changed.length} pixels changed: see out/screens/${called}, and beside it what changed`;
  }
  expect(problem, called).toBe('');
}
