import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TallyError } from '@tallyspan/facts';
import { askRaw } from './ask-server.ts';
import { sinceTime } from './since.ts';
import { freeFile, writeFile } from './write-file.ts';
import { grouped } from './words.ts';

export interface ExportCommand {
  url: string;
  what: string;
  format?: string;
  by?: string;
  query?: string;
  since?: string;
  until?: string;
  tenant?: string;
  content?: boolean;
  limit?: string;
  out?: string;
  json?: boolean;
}

const FORMATS = ['csv', 'jsonl', 'parquet'];

/**
 * Writes spans or costs as a file, or to standard output; how many rows they are goes to standard error. Throws SERVER_UNREACHABLE,
 * SERVER_REFUSED or BAD_OPTION.
 */
export async function exportData(options: ExportCommand): Promise<void> {
  const { url, what, by, query, since, until, tenant, content, limit, out, json } = options;
  const format = options.format ?? formatOf(out, json);
  if (!FORMATS.includes(format)) throw badFormat(format, `It is one of ${FORMATS.join(', ')}.`);
  if (format === 'parquet' && out === undefined && process.stdout.isTTY)
    throw badFormat(format, 'A terminal cannot show it; --out names a file.');
  const file = out === undefined ? undefined : await freeFile(out, format);
  const response = await askRaw({
    url,
    path: '/api/v1/export',
    query: {
      ...{ what, format, by, q: query, tenant, limit, content: content ? 'true' : undefined },
      ...{ from: sinceTime(since), to: sinceTime(until, '--until') },
    },
  });
  const rows = Number(response.headers.get('x-tallyspan-rows') ?? '0');
  const truncated = response.headers.get('x-tallyspan-truncated') === 'true';
  const body = Readable.fromWeb(response.body! as never);
  if (file !== undefined) {
    await writeFile(body, file);
    console.log(json ? JSON.stringify({ file, format, what, rows, truncated }, null, 2) : file);
  } else {
    await pipeline(body, process.stdout, { end: false }).catch((error: unknown) => {
      // Whoever reads it had enough, as "head" does.
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    });
  }
  console.error(`${grouped(rows)} rows${truncated ? ', and there are more: --limit' : ''}`);
}

/** What the file is called says it. */
function formatOf(out: string | undefined, json = false): string {
  const ending = extname(out ?? '').slice(1);
  return FORMATS.includes(ending) ? ending : json && out === undefined ? 'jsonl' : 'csv';
}

function badFormat(format: string, why: string): TallyError {
  return new TallyError('BAD_OPTION', {
    ...{ option: '--format', value: JSON.stringify(format), why, fix: 'Write it like --format jsonl.' },
  });
}
