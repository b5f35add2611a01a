import { ByteCollector } from './byte-collector.js';

/** Reads a stream of bytes up to a limit; undefined when there is more, the rest is dropped. */
export async function readBytes(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const collector = new ByteCollector(maxBytes);
  if (stream === null) return collector.bytes();
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return collector.bytes();
    collector.add(value);
    if (collector.isOverfull) {
      // Of a copied stream, one branch is not dropped before the other one is: not awaited.
      reader.cancel().catch(() => undefined);
      return undefined;
    }
  }
}
