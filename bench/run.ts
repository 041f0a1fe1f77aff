/** `npm run bench [name] [options]`: all benchmarks, or one; each in a process of its own. Figures go to bench/results/. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const benches = ['overhead', 'block', 'store', 'query', 'ingest', 'clickhouse', 'published', 'guard', 'budget', 'ui'];
const [first, ...rest] = process.argv.slice(2);
const chosen = first && benches.includes(first) ? [first] : benches;
const options = first && benches.includes(first) ? rest : process.argv.slice(2);

for (const name of chosen) {
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const { status } = spawnSync(process.execPath, ['--expose-gc', file, ...options], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
