import type { Adapter } from '../../adapter.ts';
import { fields, text } from '../../read.ts';
import { chatCompletion, chatCompletionStream } from './chat.ts';
import { ROUTER } from './routing.ts';
import { automaticSpeechRecognition, featureExtraction, textToImage } from './tasks.ts';
import { textGeneration, textGenerationStream } from './text-generation.ts';

/** The `@huggingface/inference` package. Its constructor fixes the methods on each client: neither watch nor patches can replace them. */
export const huggingface: Adapter = {
  provider: () => 'huggingface',
  baseUrl: (client) => text(fields(fields(client).defaultOptions).endpointUrl) ?? `https://${ROUTER}`,
  package: '@huggingface/inference',
  versions: '>=3',
  clients: ['InferenceClient', 'HfInference', 'InferenceClientEndpoint'],
  fixed: true,
  detect(client) {
    const methods = fields(client);
    return ['chatCompletion', 'chatCompletionStream', 'featureExtraction', 'endpoint'].every(
      (name) => typeof methods[name] === 'function',
    );
  },
  calls: {
    chatCompletion,
    chatCompletionStream,
    textGeneration,
    textGenerationStream,
    featureExtraction,
    textToImage,
    automaticSpeechRecognition,
  },
  helpers: [],
  derives: ['endpoint'],
  // There is no place where all clients share a method. observe(InferenceClient) watches each as it is made.
  points: () => [],
};
