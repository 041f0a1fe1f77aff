/**
 * `npm start`: the server with its page, and the sample crew once while the store is empty. Options are those of
 * `tallyspan start`: --port, --grpc-port, --host, --data-dir, --clickhouse, --cluster.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, relative, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs, styleText } from 'node:util';
import { TallyError } from '@tallyspan/facts';
import { startServer, type Costs, type TraceList } from '@tallyspan/server';
import { renderCostTree } from 'tallyspan';
import { printError } from '../packages/cli/src/print-error.ts';
import { parseClickhouse, parseGrpcPort, parsePort } from '../packages/cli/src/start.ts';

const root = resolve(import.meta.dirname, '..');

/** A store with many agents has a long tree; the page shows it better than a terminal. */
const treeLinesMax = 40;
/** How long to wait for spans that lay in the log when the server started. */
const caughtUpMsMax = 10_000;

/** Ends on the first signal, and everything that is going on with it. */
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopping.abort());

try {
  await main(process.argv.slice(2));
} catch (error) {
  printError(error);
  process.exitCode = 1;
}

async function main(args: string[]): Promise<void> {
  const options = readOptions(args);
  const server = await startServer(options);
  try {
    const { url } = server;
    print(
      `${styleText('green', 'Tallyspan is ready')} at ${styleText('bold', url)}`,
      '',
      `  traces  ${url}/`,
      `  costs   ${url}/costs`,
      `  send    OTEL_EXPORTER_OTLP_ENDPOINT=${url}`,
      ...(server.grpcPort === undefined ? [] : [`  gRPC    ${options.host}:${server.grpcPort}`]),
      `  data    ${relative(process.cwd(), options.dataDir) || '.'}`,
      '',
    );
    await caughtUp(url);
    const { traces } = await ask<TraceList>(url, '/api/v1/traces?limit=1');
    if (traces.length === 0) await runSampleCrew(url);
    else await printCosts(url);
    print(styleText('dim', 'Ctrl-C stops it.'), '');
    if (!stopping.signal.aborted) await once(stopping.signal, 'abort');
  } catch (error) {
    // What was going on when the signal came did not fail: it was stopped.
    if (!stopping.signal.aborted) throw error;
  } finally {
    await server.close();
  }
}

function readOptions(args: string[]) {
  const { env } = process;
  try {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: 'string', default: env.TALLYSPAN_PORT || '4318' },
        'grpc-port': { type: 'string', default: env.TALLYSPAN_GRPC_PORT || undefined },
        host: { type: 'string', default: '127.0.0.1' },
        'data-dir': { type: 'string', default: env.TALLYSPAN_DATA_DIR || '.tallyspan' },
        clickhouse: { type: 'string', default: env.TALLYSPAN_CLICKHOUSE || undefined },
        cluster: { type: 'string', default: env.TALLYSPAN_CLUSTER || undefined },
      },
    });
    const port = parsePort(values.port);
    const clickhouse = parseClickhouse(values.clickhouse, values.cluster);
    const grpcPort = parseGrpcPort(values['grpc-port'], port);
    return {
      port,
      ...(grpcPort !== undefined && { grpcPort }),
      host: values.host,
      dataDir: resolve(root, values['data-dir']),
      ...(clickhouse && { clickhouse }),
    };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!code.startsWith('ERR_PARSE_ARGS')) throw error;
    const option = args.find((arg) => arg.startsWith('-')) ?? args[0] ?? '';
    const fix =
      'The options are --port, --grpc-port, --host, --data-dir, --clickhouse and --cluster: npm start -- --port 5000.';
    throw new TallyError(
      'BAD_OPTION',
      { option, value: 'not understood', why: `${(error as Error).message.replace(/\.$/, '')}.`, fix },
      error,
    );
  }
}

/** The crew prints what it does and what it cost. It is a guest: when it fails, the server goes on. */
async function runSampleCrew(url: string): Promise<void> {
  print('Nothing here yet, so the sample crew runs once.', '');
  const settings = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('OTEL_') && !name.startsWith('TALLYSPAN_'),
  );
  const crew = spawn(process.execPath, [join(root, 'examples/content-crew/src/main.ts')], {
    env: { ...Object.fromEntries(settings), OTEL_EXPORTER_OTLP_ENDPOINT: url },
    stdio: ['ignore', 'inherit', 'inherit'],
    signal: stopping.signal,
  });
  const [code] = (await once(crew, 'close')) as [number | null];
  if (code !== 0)
    print(`The sample crew ended with code ${code}; the server goes on. Again: npm start --workspace content-crew`, '');
}

async function printCosts(url: string): Promise<void> {
  const costs = await ask<Costs>(url, '/api/v1/costs?by=agent,role,model');
  const lines = renderCostTree(costs).split('\n');
  const [shown, more] =
    lines.length > treeLinesMax ? [lines.slice(0, treeLinesMax - 1), `… the rest at ${url}/costs`] : [lines, ''];
  print(...shown, ...(more === '' ? [] : [more]), '');
}

/** What was acknowledged before the last stop may still be on its way into the store. */
async function caughtUp(url: string): Promise<void> {
  const until = Date.now() + caughtUpMsMax;
  while (Date.now() < until) {
    const { ok } = await fetch(`${url}/readyz`, { signal: stopping.signal });
    if (ok) return;
    await pause(25, undefined, { signal: stopping.signal });
  }
}

async function ask<Answer>(url: string, path: string): Promise<Answer> {
  const response = await fetch(url + path, { signal: stopping.signal });
  if (!response.ok) throw new TallyError('SERVER_UNREACHABLE', { url, reason: `${path} answered ${response.status}.` });
  return (await response.json()) as Answer;
}

function print(...lines: string[]): void {
  for (const line of lines) console.log(line === '' ? '' : `  ${line}`);
}
