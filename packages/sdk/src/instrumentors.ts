/** The class door, one line each. Each is also a sub-path of its own (`@tallyspan/sdk/openai`) that holds no other library's code. */
export { AnthropicInstrumentor } from './instrumentors/anthropic.ts';
export { BedrockInstrumentor } from './instrumentors/bedrock.ts';
export { CohereInstrumentor } from './instrumentors/cohere.ts';
export { GoogleInstrumentor } from './instrumentors/google.ts';
export { GroqInstrumentor } from './instrumentors/groq.ts';
export { MistralInstrumentor } from './instrumentors/mistral.ts';
export { OllamaInstrumentor } from './instrumentors/ollama.ts';
export { OpenAIInstrumentor } from './instrumentors/openai.ts';
export { TogetherInstrumentor } from './instrumentors/together.ts';
