import type { Model } from './model.ts';

let loaded: Model | undefined;
let loading: Promise<Model> | undefined;

/** The weights, once somebody asked for them. They are a file of their own: whoever does not use the guard does not load them. */
export function modelIfLoaded(): Model | undefined {
  return loaded;
}

export function loadModel(): Promise<Model> {
  return (loading ??= import('./weights.generated.ts').then(({ weights, scale, bias }) => {
    loaded = unpack(weights, scale, bias);
    return loaded;
  }));
}

/** One signed byte a weight, in base64. */
export function unpack(base64: string, scale: number, bias: number): Model {
  const bytes = Buffer.from(base64, 'base64');
  const weights = new Float32Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) weights[at] = bytes.readInt8(at) * scale;
  return { size: bytes.length, weights, bias };
}
