interface Entry<Item, Outcome> {
  readonly item: Item;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Does work in batches: what comes in for a key while its last batch is under way is the next batch. Requests that would
 * wait for the same row, or for the same write to disk, share one transaction instead.
 */
export class KeyedBatches<Item, Outcome> {
  readonly #work: (items: readonly Item[]) => Promise<readonly Outcome[]>;
  readonly #maxSize: number;
  /** What waits, by key; a key is there while a batch of it is under way. */
  readonly #waiting = new Map<string, Entry<Item, Outcome>[]>();

  /** @param work - returns an outcome for each item, in order; when it fails, all its items fail. */
  constructor(work: (items: readonly Item[]) => Promise<readonly Outcome[]>, maxSize: number) {
    this.#work = work;
    this.#maxSize = maxSize;
  }

  /** Does an item's work together with what else comes in for the key. */
  run(key: string, item: Item): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const entry = { item, resolve, reject };
      const waiting = this.#waiting.get(key);
      if (waiting !== undefined) {
        waiting.push(entry);
        return;
      }
      this.#waiting.set(key, []);
      void this.#drain(key, [entry]);
    });
  }

  async #drain(key: string, first: Entry<Item, Outcome>[]): Promise<void> {
    for (let batch = first; batch.length > 0; ) {
      await this.#settle(batch);
      batch = this.#waiting.get(key)?.splice(0, this.#maxSize) ?? [];
    }
    this.#waiting.delete(key);
  }

  async #settle(batch: readonly Entry<Item, Outcome>[]): Promise<void> {
    try {
      const outcomes = await this.#work(batch.map(({ item }) => item));
      if (outcomes.length !== batch.length) {
        throw new RangeError(`a batch of ${batch.length} had ${outcomes.length} outcomes`);
      }
      for (const [i, { resolve }] of batch.entries()) resolve(outcomes[i] as Outcome);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
