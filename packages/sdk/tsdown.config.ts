import { readFileSync } from 'node:fs';
import { defineConfig } from 'tsdown';

const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, string> };
/** Every sub-path of package.json: `./register` is built from the source it names into `dist/register`. */
const faces = Object.entries(exports).map(
  ([path, source]) => [path === '.' ? 'index' : path.slice(2), source] as const,
);

/** What is published: one bundle per module system with our vocabulary inside, and the price tables as a chunk of their own. */
export default defineConfig({
  // Beside the faces: what Node 20 loads in the thread of its module hooks.
  entry: { ...Object.fromEntries(faces), 'off-thread': 'src/doors/off-thread.ts' },
  format: ['esm', 'cjs'],
  platform: 'node',
  target: 'node20.19',
  outDir: 'dist',
  dts: true,
  deps: { alwaysBundle: [/^@tallyspan\//], neverBundle: ['@opentelemetry/api'] },
  clean: true,
});
