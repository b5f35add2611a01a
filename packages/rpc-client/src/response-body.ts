/** A body as text, read up to a limit. */
export interface BodyText {
  readonly text: string;
  /** The body is longer than the limit; `text` is its beginning. */
  readonly isTruncated: boolean;
}

/** Reads at most `maxBytes` of a body and drops the rest, so that a hostile answer cannot fill the memory. */
export async function readBody(response: Response, maxBytes: number): Promise<BodyText> {
  if (response.body === null) return cut(await response.text(), maxBytes);
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), isTruncated: false };
    size += value.byteLength;
    const excess = Math.max(0, size - maxBytes);
    text += decoder.decode(value.subarray(0, value.byteLength - excess), { stream: true });
    if (excess > 0) {
      await reader.cancel();
      return { text, isTruncated: true };
    }
  }
}

const cut = (text: string, maxLength: number): BodyText => ({
  text: text.slice(0, maxLength),
  isTruncated: text.length > maxLength,
});
