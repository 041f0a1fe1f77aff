import { ollama } from '../adapters/ollama/ollama.ts';
import { instrumentorOf } from '../instrumentor.ts';

/** Every client of `ollama`. */
export class OllamaInstrumentor extends /* @__PURE__ */ instrumentorOf(ollama) {}
