import { X402Error } from '../errors.js';

/** The part of Node's `IncomingMessage` that reading a body needs. */
export interface ReadableRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly readableEnded: boolean;
  read(): Uint8Array | null;
  unshift(chunk: Uint8Array): void;
  on(event: string, listener: (error: Error) => void): unknown;
  off(event: string, listener: (error: Error) => void): unknown;
}

const EMPTY = new Uint8Array();

/**
 * Reads a request body and puts it back, so that a body parser behind finds it as if nobody had read it.
 *
 * @throws X402Error `MESSAGE_INVALID` when its length is not declared, `HTTP_BODY_TOO_LARGE` above the limit.
 */
export async function peekBody(request: ReadableRequest, maxBytes: number): Promise<Uint8Array> {
  if (request.headers['transfer-encoding'] !== undefined) {
    throw new X402Error(
      'MESSAGE_INVALID',
      'expected a body with content-length, because it is part of what is paid',
      {
        field: 'content-length',
      },
    );
  }
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > maxBytes)
    throw new X402Error('HTTP_BODY_TOO_LARGE', `expected a body of at most ${maxBytes} bytes`);
  if (length === 0) return EMPTY;
  const body = await readExactly(request, length);
  return body;
}

/** Gives everything back before the stream notices its end; after that it could not be read again. */
function readExactly(request: ReadableRequest, length: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const body = new Uint8Array(length);
    let size = 0;
    const stop = () => {
      request.off('readable', read);
      request.off('error', fail);
      request.off('end', incomplete);
      request.off('close', incomplete);
    };
    const fail = (error: Error) => {
      stop();
      reject(error);
    };
    const incomplete = () =>
      fail(new X402Error('MESSAGE_INVALID', 'the body ended before its content-length'));
    const read = () => {
      for (let chunk = request.read(); chunk !== null; chunk = request.read()) {
        body.set(chunk.subarray(0, length - size), size);
        size += chunk.length;
        if (size < length) continue;
        stop();
        request.unshift(body);
        // The stream decides in the next tick whether it flows again.
        setTimeout(() => resolve(body), 0);
        return;
      }
    };
    request.on('readable', read);
    request.on('error', fail);
    request.on('end', incomplete);
    request.on('close', incomplete);
  });
}
