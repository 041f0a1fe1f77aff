import { list, object } from '../json.ts';

/** A value that fits a JSON schema as structured outputs and tools use it: first choice of everything, one item in a list. */
export function sampleOfSchema(schema: unknown, root: unknown = schema, depth = 0): unknown {
  const { type, enum: choices, const: only, properties, items, anyOf, allOf, oneOf, $ref } = object(schema);
  if (depth > 16) return null;
  const inside = (value: unknown) => sampleOfSchema(value, root, depth + 1);
  if (only !== undefined) return only;
  if (choices !== undefined) return list(choices)[0];
  if (typeof $ref === 'string') return inside(followRef($ref, root));
  const first = list(anyOf ?? oneOf ?? allOf)[0];
  if (first !== undefined) return inside(first);
  switch (Array.isArray(type) ? type[0] : type) {
    case 'string':
      return 'text';
    case 'integer':
      return 1;
    case 'number':
      return 0.5;
    case 'boolean':
      return true;
    case 'array':
      return items === undefined ? [] : [inside(items)];
    case 'null':
      return null;
    default:
      return Object.fromEntries(Object.entries(object(properties)).map(([name, value]) => [name, inside(value)]));
  }
}

/** `#/$defs/step` */
function followRef(reference: string, root: unknown): unknown {
  const path = reference.replace(/^#\/?/, '').split('/').filter(Boolean);
  return path.reduce<unknown>((value, step) => object(value)[step], root);
}
