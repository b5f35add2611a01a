import { parseStrictJson, ValidationError } from '@fourmica/core-types';
import type { FastifyInstance } from 'fastify';
import { MalformedJsonError } from './errors.js';

const MAX_JSON_DEPTH = 32;

/**
 * Lets an app read JSON bodies and nothing else, strictly: duplicate keys, `__proto__` and deep nesting are refused,
 * large integers are exact.
 */
export function acceptStrictJson(app: FastifyInstance, maxLength: number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, parseStrictJson(String(text), 'body', { maxLength, maxDepth: MAX_JSON_DEPTH }));
    } catch (error) {
      done(error instanceof ValidationError ? new MalformedJsonError(error) : (error as Error));
    }
  });
}
