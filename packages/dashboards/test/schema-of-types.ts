/** JSON schemas out of the TypeScript types that Grafana and Kubernetes publish: closed ones, as a word that a type does not name is a mistake. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ErrorObject } from 'ajv';
import type * as Generator from 'ts-json-schema-generator';

// Its module for `import` asks for folders, which Node does not open.
const { createGenerator } = createRequire(import.meta.url)('ts-json-schema-generator') as typeof Generator;

export interface Schema {
  properties: Record<string, Schema>;
  definitions?: Record<string, Schema>;
}

/**
 * The schemas of the properties of `Types`, which `file`, that lies here, exports by the name `type`. About a second. `shared`: types with
 * a name are made once; needs names that differ.
 */
export function schemaOfTypes<Types>(
  file: string,
  type: string,
  { shared = false } = {},
): Record<keyof Types & string, Schema> {
  const { definitions } = createGenerator({
    path: join(import.meta.dirname, file),
    tsconfig: join(import.meta.dirname, 'types-tsconfig.json'),
    type,
    expose: shared ? 'export' : 'none',
    jsDoc: 'none',
    // Others' types only, which were checked when they were published.
    skipTypeCheck: true,
  }).createSchema(type) as { definitions: Record<string, Schema> };
  const parts = definitions[type]!.properties;
  const schemas = Object.entries(parts).map(([name, schema]) => [name, { ...schema, definitions }]);
  return Object.fromEntries(schemas) as Record<keyof Types & string, Schema>;
}

export function faultOf({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath} ${message}: ${Object.values(params).join()}`;
}
