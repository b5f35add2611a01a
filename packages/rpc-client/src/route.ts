import { encodeWith } from '@fourmica/core-types';
import type * as z from 'zod/mini';

/** A schema of one part of a {@link Route}. */
export type RouteSchema = z.core.$ZodType;

/** Everything that client and service have to agree on about one call of an HTTP API. */
export interface Route<
  Params extends RouteSchema = RouteSchema,
  Query extends RouteSchema = RouteSchema,
  Request extends RouteSchema = RouteSchema,
  Response extends RouteSchema = RouteSchema,
> {
  readonly method: 'GET' | 'POST';
  /** Path with parameters in braces, such as `/core/tabs/{tab_id}`. */
  readonly path: string;
  /** Path parameters, an object of texts on the wire. */
  readonly params: Params;
  /** Query members, an object of numbers, texts or lists of texts on the wire. */
  readonly query: Query;
  /** JSON body; `z.undefined()` when there is none. */
  readonly request: Request;
  readonly response: Response;
  /** Whether a call may arrive twice without doing anything twice. */
  readonly idempotent: boolean;
  /** Whether the answer holds a secret, so that no error may show any of it. */
  readonly answersSecret?: boolean;
  /** Statuses whose body is the response; 200 unless told. */
  readonly successStatuses?: readonly number[];
}

/** The values that a call of a route needs, as domain values. */
export interface RouteInput<R extends Route> {
  readonly params: z.output<R['params']>;
  readonly query: z.output<R['query']>;
  readonly request: z.output<R['request']>;
}

/** Fills the path parameters and the query of a route, encoded for a URL. */
export function routePath<R extends Route>(route: R, input: RouteInput<R>): string {
  const params = encodeWith(route.params, input.params, 'path') as Readonly<Record<string, string>>;
  const query = encodeWith(route.query, input.query, 'query') as Readonly<
    Record<string, number | string | readonly string[] | undefined>
  >;
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(params[name] as string),
  );
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, values]) =>
      [values ?? []].flat().map((value) => [name, String(value)]),
    ),
  ).toString();
  return search === '' ? path : `${path}?${search}`;
}
