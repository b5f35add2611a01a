/** Reads a base URL of a service: http or https, no credentials, query or fragment; a sub-path is kept. */
export function parseBaseUrl(value: unknown): URL | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:';
  const isBare = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  return isHttp && isBare ? url : undefined;
}

/** Appends a path that begins with a slash to a base URL, keeping the base's own path. */
export const joinUrl = (base: URL, path: string): string =>
  `${base.origin}${base.pathname.replace(/\/+$/, '')}${path}`;

/** Writes a URL for an error message: without credentials, query and fragment. */
export function redactUrl(value: unknown): string {
  if (typeof value !== 'string') return `a ${typeof value}`;
  if (!URL.canParse(value)) return 'text that is no URL';
  const { protocol, host, pathname } = new URL(value);
  return `${protocol}//${host}${pathname}`;
}
