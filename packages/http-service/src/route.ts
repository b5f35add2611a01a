import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** A route of the API; what `handle` returns is sent as JSON. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** Runs before the body is read; may send a refusal. */
  readonly onRequest?: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Registers routes, and answers 405 for the methods that a known path does not have. */
export function addRoutes(app: FastifyInstance, routes: readonly Route[]): void {
  const urls = new Map<string, Set<string>>();
  for (const { method, url, handle, onRequest } of routes) {
    // null is an answer of this API; Fastify would send an empty body for it.
    app.route({
      method,
      url,
      ...(onRequest === undefined ? {} : { onRequest }),
      handler: async (request, reply) => {
        const answer = await handle(request, reply);
        if (reply.sent) return reply;
        return answer === null ? reply.type('application/json; charset=utf-8').send('null') : answer;
      },
    });
    urls.set(url, (urls.get(url) ?? new Set()).add(method));
  }
  for (const [url, methods] of urls) {
    const others = METHODS.filter((method) => !methods.has(method));
    app.route({
      method: others,
      url,
      handler: async (_request, reply) => {
        reply.header('allow', [...methods].join(', '));
        return reply.code(405).send({ error: 'method not allowed' });
      },
    });
  }
}
