/**
 * Every page in both themes, 1280 and 360 pixels wide, as it was approved. What looks otherwise lies in `out/screens`, with what changed
 * in magenta. When it is meant to be so, approve it:
 *
 *   TALLYSPAN_SCREENS=update npx vitest run --project proof packages/ui/test/screens
 */
import { readdirSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withPage } from '../open-page.ts';
import { compareScreen, openWindow, SCREENS, SIZES, THEMES } from './screens.ts';

const open = withPage();
const update = process.env['TALLYSPAN_SCREENS'] === 'update';
const approved = new URL('approved/', import.meta.url);

for (const theme of THEMES)
  for (const size of SIZES)
    it(
      `every page looks as it was approved, in the ${theme} theme, ${size.width} pixels wide`,
      { timeout: 300_000 },
      async () => {
        const drawn = await openWindow(open, { theme, size });
        for (const screen of SCREENS) await compareScreen(drawn, screen, update);
      },
    );

it('what was approved are these pages and no others, and weighs less than two megabytes', () => {
  const files = readdirSync(approved);
  const expected = SCREENS.flatMap(([name]) =>
    THEMES.flatMap((theme) => SIZES.map(({ width }) => `${name}-${theme}-${width}.png`)),
  );
  expect(files.toSorted()).toEqual(expected.toSorted());
  const bytes = files.reduce((sum, name) => sum + statSync(new URL(name, approved)).size, 0);
  expect(bytes).toBeLessThan(2_000_000);
});
