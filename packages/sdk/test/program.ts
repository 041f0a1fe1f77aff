/** Runs a small program in a process of its own, as a user would: what it prints and how it ends. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Ran {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

/** `source` may use `sdk` (our face), `OpenAI` (the real client), `api` (@opentelemetry/api) and `env`. */
export async function program(source: string, env: Record<string, string> = {}): Promise<Ran> {
  const directory = await mkdtemp(join(tmpdir(), 'tallyspan-program-'));
  const file = join(directory, 'program.mts');
  const head = [
    `import * as sdk from ${url('../src/index.ts')};`,
    `import { createRequire } from 'node:module';`,
    `const require = createRequire(${url('./program.ts')});`,
    `const { OpenAI } = require('openai');`,
    `const api = require('@opentelemetry/api');`,
    `const env = process.env;`,
  ].join('\n');
  await writeFile(file, `${head}\n${source}\n`);
  try {
    return await new Promise((resolve) => {
      const child = spawn(process.execPath, [file], { env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1', ...env } });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
      child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
      child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
