/** Real addresses have a few hundred characters. */
const CHARS_MAX = 2_048;

const WITH_PATH = new Set(['http:', 'https:', 'file:', 'ws:', 'wss:']);

/**
 * An address without what may be secret in it: query, fragment, user and password. Of others than web addresses only the scheme:
 * `data:text/html,…` is the page itself. Undefined for a relative one, which only the page can complete.
 */
export function visitedUrl(text: string): string | undefined {
  if (text === '' || text === 'about:blank') return undefined;
  try {
    const { protocol, host, pathname } = new URL(text);
    return (WITH_PATH.has(protocol) ? `${protocol}//${host}${pathname}` : protocol).slice(0, CHARS_MAX);
  } catch {
    return undefined;
  }
}
