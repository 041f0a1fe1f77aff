import type { Attachment } from '../../attach.ts';
import { fields } from '../../read.ts';
import { processorOf } from './processor.ts';

/** The OpenAI Agents SDK, as a module: `import * as agents from '@openai/agents'`. It offers no way to take a processor off again. */
export const openaiAgents: Attachment = {
  package: '@openai/agents',
  versions: '>=0.1',
  detect(library) {
    const { addTraceProcessor, Runner } = fields(library);
    return typeof addTraceProcessor === 'function' && typeof Runner === 'function';
  },
  attach(library, emit) {
    const { addTraceProcessor } = fields(library) as { addTraceProcessor(processor: object): void };
    let isOn = true;
    const processor = processorOf(emit);
    const quiet = async () => {};
    const listener = {
      ...processor,
      // Traces that began are followed to their end.
      onTraceStart: (trace: unknown) => (isOn ? processor.onTraceStart(trace) : quiet()),
      onSpanStart: (span: unknown) => (isOn ? processor.onSpanStart(span) : quiet()),
    };
    addTraceProcessor(listener);
    return () => {
      isOn = false;
      void processor.shutdown();
    };
  },
};
