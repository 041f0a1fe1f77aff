import type { Model, Weights } from './model.ts';

let loaded: Model | undefined;
let loading: Promise<Model> | undefined;

/** The weights, once somebody asked for them. They are a file of their own: whoever does not use the guard does not load them. */
export function modelIfLoaded(): Model | undefined {
  return loaded;
}

export function loadModel(): Promise<Model> {
  return (loading ??= import('./weights.generated.ts').then(({ attack, request }) => {
    loaded = { size: attack.size, attack: unpack(attack), request: unpack(request) };
    return loaded;
  }));
}

/** Weights as they lie in the file. */
interface Packed {
  /** How many there are. */
  size: number;
  bias: number;
  /** Of one step of a byte. */
  scale: number;
  /** One signed byte a weight, deflated, in base64. */
  weights: string;
}

function unpack({ bias, scale, weights: packed }: Packed): Weights {
  const bytes = process.getBuiltinModule('node:zlib').inflateRawSync(Buffer.from(packed, 'base64'));
  const weights = new Float32Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) weights[at] = bytes.readInt8(at) * scale;
  return { weights, bias };
}
