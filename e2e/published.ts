/** The package as its users get it: packed, and installed with real libraries into an empty folder. */
import { startFakeProvider } from '@tallyspan/fake-provider';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Sink, type SinkSpan, startSink } from '../packages/sdk/test/otlp-sink.ts';
import { VERSION } from '../packages/sdk/src/version.ts';

export const root = resolve(import.meta.dirname, '..');
/** The Node that npm runs on is the machine's; without npm it is the one that runs the tests. */
export const machineNode = process.env.npm_node_execpath ?? process.execPath;

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
  /** What arrived while it ran. */
  spans: SinkSpan[];
}

export interface Published {
  folder: string;
  /** Writes a program into the folder and runs it: `command` and then the file. */
  run(file: string, source: string, command?: readonly string[], env?: Record<string, string>): Promise<Ran>;
  remove(): Promise<void>;
}

export async function installPublished(libraries: readonly string[]): Promise<Published> {
  execFileSync(process.execPath, ['tools/pack.ts'], { cwd: root, stdio: 'pipe' });
  const folder = await mkdtemp(join(tmpdir(), 'tallyspan-published-'));
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  const [npm, ...first] = process.env.npm_execpath ? [machineNode, process.env.npm_execpath] : ['npm'];
  const tarball = join(root, `out/tallyspan-sdk-${VERSION}.tgz`);
  const install = ['install', '--ignore-scripts', '--silent', '--prefer-offline', tarball, ...libraries];
  execFileSync(npm!, [...first, ...install], { cwd: folder, stdio: 'pipe' });
  const sink: Sink = await startSink();
  const fake = await startFakeProvider();
  return {
    folder,
    async run(file, source, command = [machineNode], env = {}) {
      await writeFile(join(folder, file), source);
      const from = sink.spans.length;
      const child = spawn(command[0]!, [...command.slice(1), file], {
        cwd: folder,
        env: {
          PATH: process.env.PATH,
          FAKE: fake.openaiBaseUrl,
          OPENAI_BASE_URL: fake.openaiBaseUrl,
          OPENAI_API_KEY: 'k',
          OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
          ...env,
        },
      });
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
      child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
      const code = await new Promise<number | null>((done) => child.on('close', done));
      return { code, stdout, stderr, spans: sink.spans.slice(from) };
    },
    async remove() {
      await rm(folder, { recursive: true, force: true });
      await sink.close();
      await fake.close();
    },
  };
}
