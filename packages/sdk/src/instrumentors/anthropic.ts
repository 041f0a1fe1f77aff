import { anthropic } from '../adapters/anthropic/anthropic.ts';
import { instrumentorOf } from '../instrumentor.ts';

/** Every client of `@anthropic-ai/sdk`. */
export class AnthropicInstrumentor extends /* @__PURE__ */ instrumentorOf(anthropic) {}
