import type { Attachment, Emitter } from '../../attach.ts';
import { fields } from '../../read.ts';
import { listenToChannel } from './channel.ts';
import { isModel, watchModel } from './model.ts';
import { Operations } from './operations.ts';
import { telemetryOf } from './telemetry.ts';

/**
 * The Vercel AI SDK: one of its models, or the module itself (`import * as ai from 'ai'`), of version 7, which tells what it does to
 * whoever asks. AI SDK 5 and 6 tell it call by call: `tracer()` and `middleware()` of `@tallyspan/sdk/ai`.
 */
export const ai: Attachment = {
  package: 'ai',
  versions: '>=5',
  detect: (library) => isModel(library) || isModule(library),
  attach: (library, emit) => (isModel(library) ? watchModel(library, emit) : listen(emit)),
};

function isModule(library: object): boolean {
  const { registerTelemetry, generateText } = fields(library);
  return typeof registerTelemetry === 'function' && typeof generateText === 'function';
}

interface Registry {
  AI_SDK_TELEMETRY_INTEGRATIONS?: object[] | undefined;
}

let stopListening: (() => void) | undefined;

/** Every copy of the AI SDK 7 in the process is heard, once, whether it was loaded before or is after. */
export function listen(emit: Emitter): () => void {
  if (stopListening) return () => {};
  const operations = new Operations(emit);
  const registry = globalThis as Registry;
  const integration = telemetryOf(operations);
  (registry.AI_SDK_TELEMETRY_INTEGRATIONS ??= []).push(integration);
  const stopChannel = listenToChannel(operations);
  stopListening = () => {
    stopListening = undefined;
    stopChannel();
    const all = registry.AI_SDK_TELEMETRY_INTEGRATIONS ?? [];
    const at = all.indexOf(integration);
    if (at !== -1) all.splice(at, 1);
    if (all.length === 0) delete registry.AI_SDK_TELEMETRY_INTEGRATIONS;
  };
  return stopListening;
}
