/** A request to a paid resource, as an adapter sees it. */
export interface GateRequest {
  readonly method: string;
  /** Raw path with query, as it stands in the request line. */
  readonly target: string;
  /** Scheme and host that the caller used, such as `https://api.example.com`. */
  readonly origin: string;
  /** Reads a header by its name in lower case. */
  readonly header: (name: string) => string | undefined;
  /** The raw body; empty when there is none. */
  readonly body: Uint8Array;
}

/** A response that is complete in memory. */
export interface BufferedResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/** Writes a JSON response that no cache may keep. */
export const jsonResponse = (
  status: number,
  body: unknown,
  headers: readonly (readonly [string, string])[] = [],
): BufferedResponse => ({
  status,
  headers: [['content-type', 'application/json; charset=utf-8'], ['cache-control', 'no-store'], ...headers],
  body: new TextEncoder().encode(JSON.stringify(body)),
});

/** Adds headers to a paid response and keeps it out of shared caches. */
export function withReceipt(
  response: BufferedResponse,
  receipt: readonly (readonly [string, string])[],
): BufferedResponse {
  const names = new Set(['cache-control', ...receipt.map(([name]) => name.toLowerCase())]);
  const kept = response.headers.filter(([name]) => !names.has(name.toLowerCase()));
  const cacheControl = response.headers.find(([name]) => name.toLowerCase() === 'cache-control')?.[1];
  return {
    ...response,
    headers: [...kept, ['cache-control', privateCacheControl(cacheControl)], ...receipt],
  };
}

/** Turns a cache policy into one for the payer alone. */
export function privateCacheControl(cacheControl: string | undefined): string {
  const directives = (cacheControl ?? '')
    .split(',')
    .map((directive) => directive.trim())
    .filter((directive) => directive !== '' && !/^(?:public|private|s-maxage\b.*)$/i.test(directive));
  return ['private', ...directives].join(', ');
}
