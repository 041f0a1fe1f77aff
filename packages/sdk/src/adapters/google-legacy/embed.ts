import { call } from '../../adapter.ts';
import type { AskedContent } from '../../content.ts';
import { fields, list } from '../../read.ts';
import { messages } from '../google/content.ts';
import { modelOf } from './generate.ts';

type Args = readonly [request: unknown, options?: unknown];

/** `GenerativeModel.embedContent` and `batchEmbedContents`. The answers hold vectors and nothing else. */
export const embed = call<Args, unknown>({
  operation: 'embeddings',
  asked: (_args, { self }) => ({ requestModel: modelOf(self) }),
  answered: () => ({}),
  content: { asked: askedContent, answered: () => ({}) },
});

function askedContent([request]: Args): AskedContent {
  const { content, requests } = fields(request);
  const asked = requests === undefined ? [content ?? request] : list(requests).map((each) => fields(each).content);
  return { input: asked.flatMap(messages) };
}
