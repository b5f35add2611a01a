import { X402Error } from '../errors.js';

/** A method and a path with parameters. */
export interface RoutePattern {
  /** Upper case; `*` is every method. */
  readonly method: string;
  /** Segments in lower case; `:` is any one segment, a final `*` any number of them. */
  readonly segments: readonly string[];
}

const METHOD = /^(?:\*|[A-Z]+)$/;

/**
 * Reads a route such as `GET /items/:id` or `* /files/*`.
 *
 * @throws X402Error `CONFIG_INVALID`
 */
export function parseRoutePattern(key: string): RoutePattern {
  const [method = '', path = '', ...rest] = key.trim().split(/\s+/);
  if (!METHOD.test(method) || !path.startsWith('/') || rest.length > 0) {
    throw new X402Error('CONFIG_INVALID', `routes: expected a key such as "GET /premium", got "${key}"`, {
      field: 'routes',
    });
  }
  const segments = path
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => (/^(?::|\[)/.test(segment) ? ':' : segment.toLowerCase()));
  if (segments.slice(0, -1).includes('*')) {
    throw new X402Error('CONFIG_INVALID', `routes: "*" may only be the last segment, got "${key}"`, {
      field: 'routes',
    });
  }
  return { method, segments };
}

/**
 * Tells whether a request is on a route. Matches more spellings than routers do (letter case, doubled and trailing
 * slashes, percent encoding): a path that only looks different must not be free.
 */
export function matchesRoute(pattern: RoutePattern, method: string, target: string): boolean {
  if (!matchesMethod(pattern.method, method.toUpperCase())) return false;
  const segments = pathSegments(target);
  const { segments: expected } = pattern;
  const isOpen = expected.at(-1) === '*';
  const fixed = isOpen ? expected.slice(0, -1) : expected;
  if (isOpen ? segments.length < fixed.length : segments.length !== fixed.length) return false;
  return fixed.every((segment, index) => segment === ':' || segment === segments[index]);
}

/** A `GET` route answers `HEAD` too. */
const matchesMethod = (expected: string, method: string): boolean =>
  expected === '*' || expected === method || (expected === 'GET' && method === 'HEAD');

function pathSegments(target: string): string[] {
  const path = target.split(/[?#]/, 1)[0] as string;
  return path
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => decode(segment).toLowerCase());
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return segment;
    throw error;
  }
}
