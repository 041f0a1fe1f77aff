import { groq } from '../adapters/groq/groq.ts';
import { instrumentorOf } from '../instrumentor.ts';

/** Every client of `groq-sdk`. */
export class GroqInstrumentor extends /* @__PURE__ */ instrumentorOf(groq) {}
