import { cohere } from '../adapters/cohere/cohere.ts';
import { instrumentorOf } from '../instrumentor.ts';

/** Every client of `cohere-ai`. */
export class CohereInstrumentor extends /* @__PURE__ */ instrumentorOf(cohere) {}
