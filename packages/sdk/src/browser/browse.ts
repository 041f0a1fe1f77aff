import { unwatch, watch } from '../watch.ts';
import { watchOf } from './watch-page.ts';

/**
 * Runs `fn` with a page of Playwright, and records its visits: each `page.goto` is one `browser_browse` span of the agent around it,
 * with the address (no query, fragment, user or password), how many actions were done there, and what went wrong. It ends with the next
 * `goto`, when the page is closed, or when `fn` is done. A page that is somewhere already is visited from the start. Answers what `fn`
 * answers; its errors are its own.
 *
 * @example
 * const price = await browse(page, async () => {
 *   await page.goto('https://shop.example/shoes');
 *   await page.getByRole('button', { name: 'Size 42' }).click();
 *   return page.locator('.price').textContent();
 * });
 */
export async function browse<BrowserPage extends object, Result>(
  page: BrowserPage,
  fn: (page: BrowserPage) => Result,
): Promise<Awaited<Result>> {
  const before = watchOf(page);
  watch(page);
  const visits = watchOf(page);
  visits?.begin();
  try {
    return await fn(page);
  } catch (error) {
    visits?.failed(error);
    throw error;
  } finally {
    visits?.end();
    if (!before) unwatch(page);
  }
}
