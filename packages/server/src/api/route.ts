/** What one row of the route table says. */
import type { z } from 'zod';

/** What a key may be used for. `admin` may read and ingest as well. */
export type Scope = 'ingest' | 'read' | 'admin';

/** `any` is every good key; `none` is for what says itself who it is, as signing in does. */
export type RouteScope = Scope | 'any' | 'none';

export interface Route {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With its parameters in braces, as OpenAPI writes them: `/api/v1/traces/{traceId}`. */
  path: string;
  summary: string;
  /** Which keys may ask. Default `read`. */
  scope?: RouteScope;
  params?: z.ZodObject;
  query?: z.ZodObject;
  /** Of a JSON body. */
  body?: z.ZodType;
  /** Of a JSON answer. None for what {@link produces} another type, and for 204. */
  answer?: z.ZodType;
  /** Default 200. */
  status?: 200 | 201 | 202 | 204;
  /** The media type, when it is not JSON. Its handler answers a `Response`. */
  produces?: string;
}

export type RouteTable = Record<string, Route>;
