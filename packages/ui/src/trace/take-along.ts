import type { Span } from '@tallyspan/server';

/** A span as somebody pastes it into an issue: what the API answered, indented. */
export function spanAsJson(span: Span): string {
  return JSON.stringify(span, null, 2);
}

/**
 * The request that answers this span, for a terminal. A key is named by the variable that holds it and never written out; where the
 * server asks for none, the header does no harm.
 */
export function spanAsCurl(origin: string, traceId: string, spanId: string): string {
  const url = `${origin}/api/v1/traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(spanId)}`;
  return `curl -sS ${quoted(url)} \\\n  -H "Authorization: Bearer $TALLYSPAN_API_KEY"`;
}

/** The address of this page with this span chosen, and the view and the zoom that somebody looks at. */
export function linkToSpan(href: string, spanId: string): string {
  const url = new URL(href);
  url.searchParams.set('span', spanId);
  return url.href;
}

/** For a shell: nothing between single quotes means anything, so only these themselves are to be taken out. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
