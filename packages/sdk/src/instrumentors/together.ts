import { together } from '../adapters/together/together.ts';
import { instrumentorOf } from '../instrumentor.ts';

/** Every client of `together-ai`. */
export class TogetherInstrumentor extends /* @__PURE__ */ instrumentorOf(together) {}
