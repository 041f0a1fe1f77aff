import { mistral } from '../adapters/mistral/mistral.ts';
import { instrumentorOf } from '../instrumentor.ts';

/** Every client of `@mistralai/mistralai`. */
export class MistralInstrumentor extends /* @__PURE__ */ instrumentorOf(mistral) {}
