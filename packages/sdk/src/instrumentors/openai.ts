import { openai } from '../adapters/openai/openai.ts';
import { instrumentorOf } from '../instrumentor.ts';

/** Every client of `openai`. */
export class OpenAIInstrumentor extends /* @__PURE__ */ instrumentorOf(openai) {}
