import { call } from '../../adapter.ts';
import { count, fields, list, text } from '../../read.ts';
import { messages } from './content.ts';

type Args = readonly [params: unknown];

/** `models.generateImages`, `editImage` and `upscaleImage` (Imagen), billed by the image. Source: Vertex AI, "Imagen API". */
export const images = call<Args, unknown>({
  operation: 'image_generation',
  asked([params]) {
    const { model, config } = fields(params);
    return { requestModel: text(model), outputType: 'image', imageCount: count(fields(config).numberOfImages) };
  },
  answered(result) {
    // A picture that a filter took away is in the list with the reason, and is not billed.
    const all = list(fields(result).generatedImages).map(fields);
    return { outputImageCount: all.filter(({ raiFilteredReason }) => raiFilteredReason === undefined).length };
  },
  content: { asked: ([params]) => ({ input: messages(fields(params).prompt) }), answered: () => ({}) },
});
