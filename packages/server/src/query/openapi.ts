/** The OpenAPI 3.1 document, made from the route table: nothing here knows a route. */
import { z } from 'zod';
import * as api from '../api.ts';

/** Schemas that get a name of their own in `components`; others stand where they are used. */
const components = {
  Totals: api.Totals,
  TraceSummary: api.TraceSummary,
  TraceList: api.TraceList,
  CostLine: api.CostLine,
  SpanCost: api.SpanCost,
  Span: api.Span,
  Trace: api.Trace,
  CostNode: api.CostNode,
  Costs: api.Costs,
  Problem: api.Problem,
};

interface Route {
  method: 'get';
  path: string;
  summary: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  answer?: z.ZodType;
  stream?: boolean;
}

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
    responses: {
      200: {
        description: route.stream ? 'Server-sent events, for as long as the client listens' : 'The answer',
        content: content(route),
      },
      ...(route.params || route.query ? { 400: problem('A parameter was not understood') } : {}),
      ...(route.params ? { 404: problem('It is not there') } : {}),
      403: problem('The Host header does not name this machine'),
    },
  };
}

function content({ answer, stream }: Route): Schema {
  if (stream || answer === undefined) return { 'text/event-stream': { schema: { type: 'string' } } };
  const name = Object.entries(components).find(([, schema]) => schema === answer)?.[0];
  return { 'application/json': { schema: name ? reference(name) : plain(z.toJSONSchema(answer) as Schema) } };
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

function reference(name: keyof typeof components | (string & {})): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

/** OpenAPI says once for the whole document which JSON Schema it is, and names its schemas by their place. */
function plain({ $schema: _schema, $id: _id, id: _name, ...rest }: Schema): Schema {
  return rest;
}
