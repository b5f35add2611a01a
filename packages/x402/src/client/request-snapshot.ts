import { bytesToHex } from '@fourmica/core-types';

/** A request whose body was read, so that it can be sent more than once. */
export interface RequestSnapshot {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
  readonly signal: AbortSignal;
  /** Further members of the caller's `init`. */
  readonly init: RequestInit;
}

/** Reads a request completely. */
export async function snapshotRequest(
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<RequestSnapshot> {
  const request = new Request(input, init);
  const bytes =
    request.method === 'GET' || request.method === 'HEAD' ? undefined : await request.arrayBuffer();
  return {
    url: request.url,
    method: request.method,
    headers: new Headers(request.headers),
    body: bytes === undefined || bytes.byteLength === 0 ? undefined : new Uint8Array(bytes),
    signal: request.signal,
    init: { ...init, redirect: request.redirect },
  };
}

/** Writes a request for `fetch`, with further headers. */
export function requestInit(
  snapshot: RequestSnapshot,
  changes: { readonly headers?: Readonly<Record<string, string>>; readonly signal?: AbortSignal } = {},
): RequestInit {
  const headers = new Headers(snapshot.headers);
  for (const [name, value] of Object.entries(changes.headers ?? {})) headers.set(name, value);
  return {
    ...snapshot.init,
    method: snapshot.method,
    headers,
    body: snapshot.body ?? null,
    signal: changes.signal ?? snapshot.signal,
  };
}

/** Computes what makes two requests the same: method, URL and the SHA-256 of the body. */
export async function fingerprintOf({ method, url, body }: RequestSnapshot): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', body ?? new Uint8Array());
  return `${method} ${url} ${bytesToHex(new Uint8Array(hash))}`;
}
