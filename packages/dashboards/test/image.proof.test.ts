import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { canInstall, thisMachine } from '../../../tools/debian-package.ts';

it('the steps of the image work: the server stores a call and keeps it over a restart, as nobody, from a root that is read-only', async () => {
  const steps = resolve(import.meta.dirname, '../../../deploy/docker/steps.sh');
  const { stdout } = await promisify(execFile)('sh', [steps], { timeout: 590_000 });
  expect(stdout).toContain('The steps work.');
  expect(stdout.match(/^1 call is stored, for 0\.00021 dollars$/gm)).toHaveLength(2);
  if (!canInstall(thisMachine)) throw new Error('The rest asks for root on Debian.');
  expect(stdout).toContain('user and group Uid: 65532 65532 65532 65532 Gid: 65532 65532 65532 65532');
  expect(stdout).toContain('can be written: /data//tmp/\n');
});
