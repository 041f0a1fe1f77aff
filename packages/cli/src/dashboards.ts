import { operationsFiles } from '@tallyspan/dashboards';
import { TallyError } from '@tallyspan/facts';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

export interface DashboardsOptions {
  out: string;
  usdPerHour?: string;
  errorShare?: string;
  blocksPerMinute?: string;
}

/** Throws BAD_OPTION for what is no number, or a folder that cannot be written. */
export async function dashboards({ out, usdPerHour, errorShare, blocksPerMinute }: DashboardsOptions): Promise<void> {
  const thresholds = {
    ...limit('usdPerHourMax', '--usd-per-hour', usdPerHour),
    ...limit('errorShareMax', '--error-share', errorShare, 1),
    ...limit('blocksPerMinuteMax', '--blocks-per-minute', blocksPerMinute),
  };
  const folder = resolve(out);
  const files = Object.entries(operationsFiles({ thresholds }));
  try {
    for (const [file, text] of files) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
  } catch (error) {
    const why = `The system says: ${(error as Error).message}.`;
    throw new TallyError(
      'BAD_OPTION',
      { option: '--out', value: out, why, fix: 'Name a folder that can be written.' },
      error,
    );
  }
  for (const [file] of files) console.log(join(out, file));
}

function limit(name: string, option: string, text: string | undefined, max = Infinity): Record<string, number> {
  if (text === undefined) return {};
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= max) return { [name]: value };
  const why = max === Infinity ? 'It is a number above 0.' : `It is a number above 0 and at most ${max}.`;
  throw new TallyError('BAD_OPTION', {
    option,
    value: JSON.stringify(text),
    why,
    fix: 'Leave it out for the default.',
  });
}
