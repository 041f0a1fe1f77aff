import { defineConfig } from 'tsdown';

/** What is published: one bundle per module system with our vocabulary inside, and the price tables as a chunk of their own. */
export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  platform: 'node',
  target: 'node20.19',
  outDir: 'dist',
  dts: true,
  deps: { alwaysBundle: [/^@tallyspan\//], neverBundle: ['@opentelemetry/api'] },
  clean: true,
});
