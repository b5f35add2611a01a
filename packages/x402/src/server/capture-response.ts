import { ByteCollector } from './byte-collector.js';
import type { BufferedResponse } from './messages.js';

/** The part of Node's `ServerResponse` that capturing needs. */
export interface CapturableResponse {
  statusCode: number;
  getHeaders(): Readonly<Record<string, string | number | readonly string[] | undefined>>;
  getHeaderNames(): string[];
  setHeader(name: string, value: string | readonly string[]): unknown;
  removeHeader(name: string): void;
  on(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
  write: (...args: never[]) => boolean;
  end: (...args: never[]) => unknown;
  writeHead: (...args: never[]) => unknown;
  flushHeaders: () => void;
}

/** How the capture of a response ended. */
export type Captured =
  | { readonly kind: 'complete'; readonly response: BufferedResponse }
  | { readonly kind: 'too-large' }
  /** The connection was closed before the handler was done. */
  | { readonly kind: 'closed' };

type Callback = (error?: Error) => void;

/**
 * Holds back everything that a handler writes, up to a limit. Nothing reaches the wire until `release` gave the
 * response its own methods back.
 */
export function captureResponse(
  response: CapturableResponse,
  maxBytes: number,
): { readonly captured: Promise<Captured>; readonly release: () => void } {
  const { write, end, writeHead, flushHeaders } = response;
  const collector = new ByteCollector(maxBytes);
  let finish: (captured: Captured) => void = () => undefined;
  const captured = new Promise<Captured>((resolve) => {
    finish = resolve;
  });
  const onClose = () => finish({ kind: 'closed' });
  response.on('close', onClose);

  const keep = (chunk: unknown, encoding: unknown): void => {
    collector.add(chunk, encoding);
    if (collector.isOverfull) finish({ kind: 'too-large' });
  };

  response.writeHead = ((status: number, ...rest: readonly unknown[]) => {
    response.statusCode = status;
    const headers = rest.find((part) => typeof part === 'object' && part !== null);
    for (const [name, value] of headerPairs(headers)) response.setHeader(name, value);
    return response;
  }) as typeof writeHead;
  response.flushHeaders = () => undefined;
  response.write = ((chunk: unknown, encoding?: unknown, callback?: Callback) => {
    keep(chunk, encoding);
    callbackOf(encoding, callback)?.();
    return true;
  }) as typeof write;
  response.end = ((chunk?: unknown, encoding?: unknown, callback?: Callback) => {
    if (typeof chunk !== 'function') keep(chunk, encoding);
    (typeof chunk === 'function' ? (chunk as Callback) : callbackOf(encoding, callback))?.();
    finish({
      kind: 'complete',
      response: { status: response.statusCode, headers: responseHeaders(response), body: collector.bytes() },
    });
    return response;
  }) as typeof end;

  const release = () => {
    response.off('close', onClose);
    Object.assign(response, { write, end, writeHead, flushHeaders });
  };
  return { captured, release };
}

const callbackOf = (encoding: unknown, callback: Callback | undefined): Callback | undefined =>
  typeof encoding === 'function' ? (encoding as Callback) : callback;

function* headerPairs(headers: unknown): Generator<[string, string | string[]]> {
  if (Array.isArray(headers)) {
    for (let i = 0; i + 1 < headers.length; i += 2) yield [String(headers[i]), String(headers[i + 1])];
  } else if (typeof headers === 'object' && headers !== null) {
    for (const [name, value] of Object.entries(headers)) {
      yield [name, Array.isArray(value) ? value.map(String) : String(value)];
    }
  }
}

/** Lists the headers that are set so far. */
export const responseHeaders = (response: Pick<CapturableResponse, 'getHeaders'>): [string, string][] =>
  Object.entries(response.getHeaders()).flatMap(([name, value]) =>
    value === undefined
      ? []
      : Array.isArray(value)
        ? value.map((one): [string, string] => [name, one])
        : [[name, String(value)]],
  );
