/**
 * `@tallyspan/sdk/browser`: what an agent does in a browser of Playwright. `watch(page)` records its visits for as long as it is open,
 * `browse(page, fn)` those of one piece of work.
 */
export { unwatch, watch } from '../watch.ts';
export { browse } from './browse.ts';
