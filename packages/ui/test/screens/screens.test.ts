/** Some pages as they were approved. All of them, and how to approve a change: `screens.proof.test.ts`. */
import { it } from 'vitest';
import { withPage } from '../open-page.ts';
import { compareScreen, openWindow, SCREENS, SIZES } from './screens.ts';

const open = withPage();
const SOME = ['traces', 'costs', 'guard', 'settings-data'];

it.each([
  ['light', SIZES[0]],
  ['dark', SIZES[1]],
] as const)('the main pages look as they were approved, in the %s theme', async (theme, size) => {
  const drawn = await openWindow(open, { theme, size });
  for (const screen of SCREENS.filter(([name]) => SOME.includes(name))) await compareScreen(drawn, screen);
});
