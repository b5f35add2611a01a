interface Entry<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Does work in batches on items that are still being made: at once when no other item is coming, else when enough have
 * come together. One batch is under way at a time.
 */
export class GatheredBatches<Item> {
  readonly #work: (items: readonly Item[]) => Promise<void>;
  readonly #enough: number;
  readonly #ready: Entry<Item>[] = [];
  #coming = 0;
  #isWorking = false;

  /** @param work - when it fails, all items of the batch fail. */
  constructor(work: (items: readonly Item[]) => Promise<void>, enough: number) {
    this.#work = work;
    this.#enough = enough;
  }

  /** Resolves when the item was made and its batch is done. */
  run(coming: Promise<Item>): Promise<void> {
    this.#coming++;
    return new Promise((resolve, reject) => {
      coming
        .then((item) => this.#ready.push({ item, resolve, reject }), reject)
        .then(() => {
          this.#coming--;
          void this.#workOff();
        });
    });
  }

  async #workOff(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    while (this.#ready.length >= this.#enough || (this.#ready.length > 0 && this.#coming === 0)) {
      await this.#settle(this.#ready.splice(0));
    }
    this.#isWorking = false;
  }

  async #settle(batch: readonly Entry<Item>[]): Promise<void> {
    try {
      await this.#work(batch.map(({ item }) => item));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
