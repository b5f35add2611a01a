/** Collects what a handler writes, up to a limit; beyond it nothing is kept. */
export class ByteCollector {
  readonly #maxBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Tells whether more was written than is kept. */
  get isOverfull(): boolean {
    return this.#size > this.#maxBytes;
  }

  /** Takes a chunk as Node's `write` does: text with an encoding, or bytes; anything else is no chunk. */
  add(chunk: unknown, encoding?: unknown): void {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return;
    const bytes = typeof chunk === 'string' ? encodeChunk(chunk, encoding) : new Uint8Array(chunk);
    this.#size += bytes.length;
    if (this.isOverfull) this.#chunks.length = 0;
    else this.#chunks.push(bytes);
  }

  /** Joins what was collected. */
  bytes(): Uint8Array {
    const joined = new Uint8Array(this.#size);
    let offset = 0;
    for (const chunk of this.#chunks) {
      joined.set(chunk, offset);
      offset += chunk.length;
    }
    return joined;
  }
}

const ONE_BYTE_ENCODINGS: readonly unknown[] = ['latin1', 'binary', 'ascii'];

function encodeChunk(text: string, encoding: unknown): Uint8Array {
  if (ONE_BYTE_ENCODINGS.includes(encoding))
    return Uint8Array.from(text, (char) => char.charCodeAt(0) & 0xff);
  if (encoding === 'base64') return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  return new TextEncoder().encode(text);
}
