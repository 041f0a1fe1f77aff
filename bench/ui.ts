/**
 * The page with a trace of 100,000 spans, in real Chromium over the real server and its store: how long the first rows take, what the
 * answer weighs, and whether scrolling drops frames. `node bench/ui.ts [spans]`
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { findBrowser } from '../tools/browser.ts';
import { median, report, type Result } from './measure.ts';
import { longTraceBodies, traceId } from './ui/long-trace.ts';
import { firstRows, type Frames, scroll } from './ui/look.ts';

const spans = Number(process.argv[2] ?? 100_000);
const rounds = 5;
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const executablePath = findBrowser();
if (!executablePath) throw new Error('No browser was found: install Chromium, or set CHROME_PATH to one.');
const dist = await mkdtemp(join(tmpdir(), 'tallyspan-bench-page-'));
await build({ root: file('../packages/ui'), logLevel: 'silent', build: { outDir: dist, emptyOutDir: true } });
const server = spawn(process.execPath, [file('./ui/server.ts'), dist], { stdio: ['ignore', 'pipe', 'inherit'] });
const [line] = (await once(server.stdout, 'data')) as [Buffer];
const url = line.toString().trim();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });

try {
  await fill();
  const results: Result[] = [...(await answers()), ...(await looks())];
  await report('ui', results);
} finally {
  await browser.close();
  server.kill('SIGTERM');
  await once(server, 'exit');
  await rm(dist, { recursive: true, force: true });
}

async function fill(): Promise<void> {
  for (const body of longTraceBodies(spans)) {
    const response = await fetch(`${url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    if (!response.ok) throw new Error(await response.text());
  }
  for (let seen = 0; seen < spans; await new Promise((resolve) => setTimeout(resolve, 200))) {
    const response = await fetch(`${url}/api/v1/traces/${traceId}?spansMax=0`);
    if (response.ok) seen = ((await response.json()) as { summary: { spans: number } }).summary.spans;
  }
}

async function answers(): Promise<Result[]> {
  const took: number[] = [];
  let body = '';
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    body = await (await fetch(`${url}/api/v1/traces/${traceId}/skeleton`)).text();
    took.push(performance.now() - began);
  }
  return [
    { name: 'skeleton', value: body.length / spans, unit: 'bytes a span', aim: '< 60' },
    { name: 'skeleton, gzip', value: gzipSync(body).length / spans, unit: 'bytes a span' },
    { name: 'skeleton, answered', value: median(took), unit: 'ms' },
  ];
}

async function looks(): Promise<Result[]> {
  const first: number[] = [];
  const firstWork: number[] = [];
  const kinds = { 'as one reads': 24, 'a screen each frame': 900 };
  const frames = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, [] as Frames[]]));
  for (let round = 0; round < rounds; round++) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const { ms, workedMs } = await firstRows(page, `${url}/traces/${traceId}`);
    first.push(ms);
    firstWork.push(workedMs);
    await page.waitForSelector('[data-testid=path-summary]');
    for (const [kind, pixels] of Object.entries(kinds)) frames[kind]!.push(await scroll(page, pixels, 3));
    await page.close();
  }
  const results: Result[] = [
    { name: `first rows of ${spans} spans`, value: median(first), unit: 'ms', aim: '< 1,000' },
    { name: "first rows, the page's own work", value: median(firstWork), unit: 'ms' },
  ];
  for (const [kind, seen] of Object.entries(frames)) {
    const middle = (of: (each: Frames) => number) => median(seen.map(of));
    results.push(
      { name: `scrolling ${kind}`, value: middle((each) => each.perSecond), unit: 'frames/s', aim: '60' },
      { name: `scrolling ${kind}, dropped`, value: middle((each) => each.droppedPercent), unit: '%', aim: '0' },
      { name: `scrolling ${kind}, longest frame`, value: middle((each) => each.worstMs), unit: 'ms' },
      {
        name: `scrolling ${kind}, own work a frame`,
        value: middle((each) => each.workedMs),
        unit: 'ms',
        aim: '< 16.7',
      },
    );
  }
  return results;
}
