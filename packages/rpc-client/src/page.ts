/** A list, or a part of it, in the order that the core gives it. */
export interface Page<Item> extends ReadonlyArray<Item> {
  /** What to give as `after` to read on; undefined at the end of the list. */
  readonly next: string | undefined;
}

/** Which part of a list is read; without `limit` everything, in as many requests as it takes. */
export interface PageOptions {
  /** Entries of one answer, 1 to 1,000. */
  readonly limit?: number | undefined;
  /** {@link Page.next} of the part before. */
  readonly after?: string | undefined;
}

/** Makes a page of its entries; `next` is not enumerable, so that a page prints and compares as its entries. */
export const pageOf = <Item>(items: readonly Item[], next: string | undefined): Page<Item> =>
  Object.defineProperty([...items], 'next', { value: next }) as unknown as Page<Item>;

/**
 * Reads from a Link header (RFC 8288) where the next part of a list starts.
 *
 * @param url - what the header belongs to.
 * @returns undefined when the list ends here.
 */
export function nextOf(link: string | null, url: string): string | undefined {
  const [, target] = /<([^<>]*)>\s*;\s*rel="?next"?(?:\s*[;,]|\s*$)/i.exec(link ?? '') ?? [];
  if (target === undefined || !URL.canParse(target, url)) return undefined;
  return new URL(target, url).searchParams.get('after') ?? undefined;
}
