/** Programs that a model wrote, run where they can reach nothing. What they try is in the trace; what they cannot reach is this machine. */
import { agent, flush } from '@tallyspan/sdk';
import { sandbox } from '@tallyspan/sdk/sandbox';

/** Where Deno is, when the npm package `deno` is not installed. */
const deno = process.env.DENO_PATH;
const { exec } = sandbox({ timeoutSeconds: 10, memoryBytesMax: 64 * 1024 * 1024, ...(deno && { deno }) });

/** As a model might answer: one that is right, one that is wrong, one that is curious, one that never ends. */
const programs = [
  'const nights: number = 3; console.log(nights * 120);',
  'console.log(total.toFixed(2));',
  `console.log(Deno.readTextFileSync('/etc/passwd'));`,
  'for (;;) {}',
];

const mathematician = agent({ name: 'mathematician', tenant: 'acme-corp' }, async () => {
  for (const program of programs) {
    const { ok, stdout, stderr, timedOut } = await exec(program, { language: 'typescript', timeoutSeconds: 2 });
    console.log(ok ? `answer: ${stdout.trim()}` : timedOut ? 'it never ended' : stderr.split('\n')[0]);
  }
});

await mathematician();
await flush();
