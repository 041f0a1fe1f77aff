/** How a row of the route table is answered. The types of a handler's arguments and answer are those of its row. */
import type { z } from 'zod';
import type { Route, routes } from '../api.ts';
import type { Access } from '../auth/access.ts';

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

export interface Asking<R extends Route = Route> {
  params: Parsed<R['params']>;
  query: Parsed<R['query']>;
  body: Parsed<R['body']>;
  access: Access;
  /** The address that asks. */
  from: string;
  request: Request;
}

type Answer<R extends Route> = R extends { produces: string }
  ? Response
  : R['answer'] extends z.ZodType
    ? z.output<R['answer']>
    : void;

export type Handler<R extends Route> = (asking: Asking<R>) => Promise<Answer<R>> | Answer<R>;

export type RouteName = keyof typeof routes;
export type Handlers<Name extends RouteName = RouteName> = { [Key in Name]: Handler<(typeof routes)[Key]> };
