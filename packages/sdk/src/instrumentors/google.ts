import { google } from '../adapters/google/google.ts';
import { googleLegacy } from '../adapters/google-legacy/google-legacy.ts';
import { instrumentorOf } from '../instrumentor.ts';

/** Every client of `@google/genai`, and of the older `@google/generative-ai`. */
export class GoogleInstrumentor extends /* @__PURE__ */ instrumentorOf(google, googleLegacy) {}
