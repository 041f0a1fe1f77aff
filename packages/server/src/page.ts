/** The page: files of a built folder, and its index for every path that the page itself routes. */
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { TallyError } from '@tallyspan/facts';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.map': 'application/json',
};

/** Everything the page loads comes from here; nothing in it runs that is not a file of ours. */
export const pageHeaders: Record<string, string> = {
  'content-security-policy': [
    "default-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** The file at a path of the page, or its index. `uiDir` is a built page: index.html and assets with hashes in their names. */
export async function servePage(uiDir: string, path: string): Promise<Response> {
  const file = fileOf(uiDir, path);
  const found = file === undefined ? undefined : await read(file);
  if (found !== undefined) {
    // Built assets have a hash in their name: another content is another file.
    const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
    return page(200, found, types[extname(file!).toLowerCase()] ?? 'application/octet-stream', cache);
  }
  // A file that is missing is an error; any other path is a place inside the page.
  if (Object.hasOwn(types, extname(path).toLowerCase()))
    throw new TallyError('NOT_FOUND', { thing: 'file', id: path.slice(0, 200), list: '/' });
  const index = await read(join(uiDir, 'index.html'));
  return index === undefined
    ? page(200, Buffer.from(NOT_BUILT), types['.html']!, 'no-store')
    : page(200, index, types['.html']!, 'no-cache');
}

/** Undefined when the path leaves the folder or means a folder. */
function fileOf(uiDir: string, path: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  if (decoded.includes('\0') || decoded.endsWith('/')) return undefined;
  const file = normalize(join(uiDir, decoded));
  return file.startsWith(normalize(uiDir + sep)) ? file : undefined;
}

async function read(file: string): Promise<Buffer<ArrayBuffer> | undefined> {
  try {
    return await readFile(file);
  } catch {
    return undefined;
  }
}

function page(status: number, body: Buffer<ArrayBuffer>, type: string, cache: string): Response {
  return new Response(body, { status, headers: { 'content-type': type, 'cache-control': cache } });
}

/** No style and no script, as the page's own policy allows neither inline. */
const NOT_BUILT = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Tallyspan</title><meta name="viewport" content="width=device-width"></head>
<body>
<h1>Tallyspan is running</h1>
<p>It takes traces at <code>/v1/traces</code>. The page is not built yet: run <code>npm run build -w @tallyspan/ui</code> in its folder and reload.</p>
<p>Meanwhile: <a href="/api/v1/traces">traces</a>, <a href="/api/v1/costs">costs</a>, <a href="/api/v1/openapi.json">the API</a>, <a href="/readyz">state</a>.</p>
</body>
</html>
`;
