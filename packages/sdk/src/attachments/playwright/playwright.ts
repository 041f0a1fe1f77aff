import type { Attachment } from '../../attach.ts';
import { isPage } from '../../browser/playwright-page.ts';
import { watchPage } from '../../browser/watch-page.ts';

/** Pages of Playwright, also those of `playwright` and `@playwright/test`, which are made of it. */
export const playwright: Attachment = {
  package: 'playwright-core',
  versions: '>=1.40',
  detect: isPage,
  attach: (page) => (isPage(page) ? watchPage(page) : () => {}),
};
