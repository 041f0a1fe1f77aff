import { type AnyCall, call } from '../../adapter.ts';
import { count, fields, list, text } from '../../read.ts';
import { refused, reported } from './reported.ts';
import { requestModel } from './request.ts';
import { responseUsage } from './usage.ts';

type Args = readonly [body: unknown, options?: unknown];

/**
 * `images.generate`, `images.edit` and `images.createVariation`. GPT image models report tokens; the others are billed by the image,
 * of which only the number is known. The images themselves are never read. Source: OpenAI API reference, "Images".
 */
export const images: AnyCall = call<Args, Readonly<Record<string, unknown>>, unknown>({
  operation: 'image_generation',
  asked([body], { client }) {
    const asked = fields(body);
    return {
      requestModel: requestModel(asked, client),
      stream: asked.stream === true ? true : undefined,
      imageCount: count(asked.n),
      outputType: 'image',
    };
  },
  answered(result, answering) {
    const data = list(result.data).length;
    return {
      ...reported(answering, result.usage),
      responseModel: text(result.model),
      outputImageCount: data === 0 ? undefined : data,
      ...responseUsage(result.usage),
    };
  },
  refused,
  /** Partial images come first; each completed one carries the usage. Of the image itself only that it came is kept. */
  fold(soFar, event) {
    const { type, usage } = fields(event);
    if (type !== 'image_generation.completed' && type !== 'image_edit.completed') return soFar ?? {};
    return { usage, data: [...list(soFar?.data), {}] };
  },
  content: {
    asked([body]) {
      const { prompt } = fields(body);
      return typeof prompt === 'string'
        ? { input: [{ role: 'user', parts: [{ type: 'text', content: prompt }] }] }
        : {};
    },
    answered: ({ data }) => ({
      output: list(data).map((image) => {
        const { b64_json, url } = fields(image);
        return {
          role: 'assistant',
          parts: [
            typeof url === 'string'
              ? { type: 'uri', modality: 'image', uri: url }
              : { type: 'blob', modality: 'image', content: text(b64_json) ?? '' },
          ],
          finish_reason: 'stop',
        };
      }),
    }),
  },
});
