import type { Adapter } from '../adapter.ts';
import { adapters } from '../adapters/registry.ts';
import type { Attachment } from '../attach.ts';
import { attachmentOf, attachments } from '../attachments/registry.ts';
import { warmPrices } from '../cost.ts';
import { listen } from '../instrumentor.ts';
import { warnOnce } from '../state.ts';
import { watch } from '../watch.ts';
import { modules } from './builtin.ts';
import { type Expected, nameOf, onLoad } from './loads.ts';
import { own } from './patch.ts';

type Env = Readonly<Record<string, string | undefined>>;

const STARTED = Symbol.for('tallyspan.zeroCode');

/**
 * The zero-code door: every library we know is instrumented when the program loads it. Where spans go, the environment says
 * (`OTEL_EXPORTER_OTLP_ENDPOINT` and its siblings). Once per thread, and not at all with `OTEL_SDK_DISABLED=true`.
 */
export function startZeroCode(env: Env = process.env): void {
  const started = globalThis as { [STARTED]?: true };
  if (started[STARTED] || env['OTEL_SDK_DISABLED'] === 'true') return;
  started[STARTED] = true;
  const wanted = adapters.filter((adapter) => isWanted(adapter, env));
  const owners = wanted.map((adapter) => own(adapter));
  for (const owner of owners) owner.on({}, undefined);
  listen(owners);
  const frameworks = attachments.filter((attachment) => isWanted(attachment, env));
  listenToFrameworks(frameworks);
  listenOffThread([...wanted, ...frameworks]);
  warmPrices();
}

/** A framework that tells what it does is listened to as `watch(framework)` would. */
function listenToFrameworks(frameworks: readonly Attachment[]): void {
  onLoad(frameworks, (name, exports, version) => {
    if (typeof exports !== 'object' && typeof exports !== 'function') return;
    if (attachmentOf(exports)) watch(exports as object);
    else
      warnOnce(
        `framework:${name}`,
        `${name} ${version ?? ''} does not say what it does to the whole process; see the README of @tallyspan/sdk for how to ask it`,
      );
  });
}

/** Node 20 has no hooks for ES modules in the program's own thread. */
function listenOffThread(expected: readonly Expected[]): void {
  const module = modules();
  if (typeof module.registerHooks === 'function' || typeof module.register !== 'function') return;
  try {
    const data = {
      names: expected.filter(({ file }) => file === undefined).map(nameOf),
      files: expected.filter(({ file }) => file !== undefined).map(nameOf),
    };
    module.register(new URL('./off-thread.mjs', import.meta.url), { data });
  } catch (error) {
    warnOnce('off-thread', `ES modules are not seen when they load (${(error as Error).message}); use watch(client)`);
  }
}

/**
 * `OTEL_NODE_ENABLED_INSTRUMENTATIONS` and `OTEL_NODE_DISABLED_INSTRUMENTATIONS`, as OpenTelemetry's own zero-code start has them:
 * lists of names, ours by npm name (`openai,@anthropic-ai/sdk`).
 */
export function isWanted(adapter: Pick<Adapter, 'package'>, env: Env): boolean {
  const names = (list: string | undefined) =>
    list
      ?.split(',')
      .map((name) => name.trim())
      .filter(Boolean) ?? [];
  const enabled = names(env['OTEL_NODE_ENABLED_INSTRUMENTATIONS']);
  const disabled = names(env['OTEL_NODE_DISABLED_INSTRUMENTATIONS']);
  return (enabled.length === 0 || enabled.includes(adapter.package)) && !disabled.includes(adapter.package);
}
