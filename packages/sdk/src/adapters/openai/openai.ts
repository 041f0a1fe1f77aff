import type { Adapter, AnyCall } from '../../adapter.ts';
import { speech, transcription } from './audio.ts';
import { batchCreated, batchSeen } from './batches.ts';
import { chat } from './chat.ts';
import { completions } from './completions.ts';
import { embeddings } from './embeddings.ts';
import { baseUrl, provider } from './hosts.ts';
import { images } from './images.ts';
import { moderations } from './moderations.ts';
import { attachToSession, isSession } from './realtime.ts';
import { cancelled, responses, retrieved } from './responses.ts';
import { runCreated, runSeen, threadCreatedAndRun } from './runs.ts';
import { isGroq, isTogether, speaksOpenai } from './shape.ts';

/** What clients made by the same generator as OpenAI's have in common: the paths and the words on the wire. */
export const dialect = {
  'chat.completions.create': chat,
  'completions.create': completions,
  'embeddings.create': embeddings,
  'images.generate': images,
  'audio.speech.create': speech,
  'audio.transcriptions.create': transcription,
  'audio.translations.create': transcription,
  'batches.create': batchCreated,
  'batches.retrieve': batchSeen,
  'batches.cancel': batchSeen,
} satisfies Record<string, AnyCall>;

/** The `openai` package, and every host that speaks its dialect. */
export const openai: Adapter = {
  provider,
  baseUrl,
  package: 'openai',
  versions: '>=6',
  clients: ['OpenAI', 'AzureOpenAI'],
  // Also clients of others that have the same shape: their words are the same.
  detect: (client) => (speaksOpenai(client) && !isGroq(client) && !isTogether(client)) || isSession(client),
  calls: {
    ...dialect,
    'responses.create': responses,
    // Makes a long conversation shorter with the model, and bills it like any answer.
    'responses.compact': responses,
    'responses.retrieve': retrieved,
    'responses.cancel': cancelled,
    'images.edit': images,
    'images.createVariation': images,
    'moderations.create': moderations,
    'beta.threads.createAndRun': threadCreatedAndRun,
    'beta.threads.runs.create': runCreated,
    'beta.threads.runs.retrieve': runSeen,
    'beta.threads.runs.cancel': runSeen,
    'beta.threads.runs.submitToolOutputs': runSeen,
  },
  helpers: [
    'chat.completions.parse',
    'chat.completions.stream',
    'chat.completions.runTools',
    'responses.parse',
    'responses.stream',
    'beta.threads.createAndRunPoll',
    'beta.threads.createAndRunStream',
    'beta.threads.runs.createAndPoll',
    'beta.threads.runs.createAndStream',
    'beta.threads.runs.poll',
    'beta.threads.runs.stream',
    'beta.threads.runs.submitToolOutputsAndPoll',
    'beta.threads.runs.submitToolOutputsStream',
  ],
  derives: ['withOptions'],
  attach: attachToSession,
};
