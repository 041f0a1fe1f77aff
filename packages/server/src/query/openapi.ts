/** The OpenAPI 3.1 document, made from the route table: nothing here knows a route. */
import { z } from 'zod';
import * as api from '../api.ts';
import type { Route } from '../api.ts';

/** Schemas that get a name of their own in `components`: those that the API exports, but parameters, which stand where they are used. */
const components = Object.fromEntries(
  (Object.entries(api) as [string, unknown][]).filter(
    (entry): entry is [string, z.ZodType] =>
      /^[A-Z]/.test(entry[0]) && !/(Query|Params)$/.test(entry[0]) && entry[1] instanceof z.ZodType,
  ),
);

type Schema = Record<string, unknown>;

export function openApiDocument(): Record<string, unknown> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(components)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}` });
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [operationId, route] of Object.entries(api.routes as Record<string, Route>)) {
    paths[route.path] = { ...paths[route.path], [route.method]: { operationId, ...operation(route) } };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tallyspan',
      version: '1',
      summary: 'What AI agents did, what it cost, and who caused it.',
    },
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, plain(schema as Schema)])),
    },
  };
}

function operation(route: Route): Schema {
  return {
    summary: route.summary,
    parameters: [...parameters('path', route.params), ...parameters('query', route.query)],
    ...(route.body && {
      requestBody: { required: true, content: { 'application/json': { schema: shape(route.body) } } },
    }),
    responses: {
      [route.status ?? 200]: {
        description: route.produces ? `The answer, as ${route.produces}` : 'The answer',
        ...(route.status === 204 ? {} : { content: content(route) }),
      },
      ...(route.params || route.query || route.body ? { 400: problem('A parameter was not understood') } : {}),
      ...(route.params ? { 404: problem('It is not there') } : {}),
      ...(route.scope === 'none' ? {} : { 401: problem('No good key or session was sent') }),
      403: problem(`${needed(route)}, or the request comes from a web page elsewhere`),
    },
  };
}

function needed({ scope = 'read' }: Route): string {
  return scope === 'any' || scope === 'none' ? 'The key is for something else' : `The key is not for ${scope}`;
}

function content({ answer, produces }: Route): Schema {
  if (produces !== undefined || answer === undefined)
    return { [produces ?? 'application/octet-stream']: { schema: { type: 'string' } } };
  return { 'application/json': { schema: shape(answer) } };
}

function shape(schema: z.ZodType): Schema {
  const name = Object.entries(components).find(([, known]) => known === schema)?.[0];
  return name ? reference(name) : plain(z.toJSONSchema(schema, { unrepresentable: 'any' }) as Schema);
}

function parameters(place: 'path' | 'query', schema: z.ZodObject | undefined): Schema[] {
  if (schema === undefined) return [];
  // The input side: a default makes a parameter optional, and text is what arrives.
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, Schema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

function problem(description: string): Schema {
  return { description, content: { 'application/json': { schema: reference('Problem') } } };
}

function reference(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

/** OpenAPI says once for the whole document which JSON Schema it is, and names its schemas by their place. */
function plain({ $schema: _schema, $id: _id, id: _name, ...rest }: Schema): Schema {
  return rest;
}
