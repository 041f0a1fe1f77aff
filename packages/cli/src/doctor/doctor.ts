import { resolve } from 'node:path';
import { styleText } from 'node:util';
import { printable } from '../words.ts';
import type { Finding, Program } from './finding.ts';
import { lookAtDoor, lookAtEnvironment, lookAtLibraries, lookAtNode } from './look-at-program.ts';
import { lookAtReceiver } from './look-at-server.ts';

export interface DoctorCommand {
  dir: string;
  json?: boolean;
}

/** Prints what was found, each with what to do. Answers whether nothing keeps spans from arriving. */
export async function doctor({ dir, json }: DoctorCommand): Promise<boolean> {
  const program: Program = { directory: resolve(dir), env: process.env };
  const findings: Finding[] = [
    lookAtNode(),
    ...lookAtLibraries(program),
    ...(await lookAtDoor(program)),
    ...lookAtEnvironment(program),
    ...(await lookAtReceiver(program)),
  ];
  if (json) console.log(JSON.stringify({ findings }, null, 2));
  else console.log(render(findings, process.stdout.isTTY === true));
  return findings.every(({ state }) => state !== 'bad');
}

const MARKS = { ok: ['✓', 'green'], info: ['·', 'dim'], warn: ['!', 'yellow'], bad: ['✗', 'red'] } as const;

export function render(findings: readonly Finding[], colour: boolean): string {
  const lines = findings.flatMap(({ state, what, fix }) => {
    const [mark, style] = MARKS[state];
    const shown = colour ? styleText(style, mark, { validateStream: false }) : mark;
    return [`${shown} ${printable(what)}`, ...(fix === undefined ? [] : [`  → ${fix}`])];
  });
  const bad = findings.filter(({ state }) => state === 'bad').length;
  const verdict =
    bad === 0 ? 'Your spans arrive.' : `${bad === 1 ? 'One thing keeps' : `${bad} things keep`} spans from arriving.`;
  return [...lines, '', verdict].join('\n');
}
