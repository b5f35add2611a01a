/** A nonce that was given to one transaction. */
export interface NonceLease {
  readonly nonce: number;
  /** Says that the transaction was mined, or will not be sent: the number no longer blocks others. */
  release(): void;
}

/**
 * Hands out the nonces of one account, one sender at a time. Transactions that are sent but not yet mined keep their
 * number even when a node has not heard of them; a number that was never used is given to the next transaction.
 */
export class TransactionQueue {
  #tail: Promise<unknown> = Promise.resolve();
  readonly #leased = new Set<number>();

  /**
   * Runs `send` with the next nonce after all earlier calls have sent. When it rejects, its nonce is free again.
   *
   * @param readPendingNonce - asks the node for the number of transactions including pending ones.
   */
  run<T>(readPendingNonce: () => Promise<number>, send: (lease: NonceLease) => Promise<T>): Promise<T> {
    const turn = this.#tail.then(async () => {
      const lease = this.#lease(await readPendingNonce());
      try {
        return await send(lease);
      } catch (error) {
        lease.release();
        throw error;
      }
    });
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  /** Takes the nonce of a transaction that was sent before this queue existed. */
  take(nonce: number): NonceLease {
    this.#leased.add(nonce);
    return { nonce, release: () => this.#leased.delete(nonce) };
  }

  #lease(pendingNonce: number): NonceLease {
    let nonce = pendingNonce;
    while (this.#leased.has(nonce)) nonce++;
    return this.take(nonce);
  }
}

type QueueByAccount = Map<string, TransactionQueue>;

const queuesByUrl = new Map<string, QueueByAccount>();
const queuesByProvider = new WeakMap<object, QueueByAccount>();

/** Finds the queue of an account on a node, so that two gateways of one process do not hand out the same nonce. */
export function sharedQueue(node: string | object, account: string): TransactionQueue {
  const queues = typeof node === 'string' ? entry(queuesByUrl, node) : entry(queuesByProvider, node);
  const queue = queues.get(account) ?? new TransactionQueue();
  queues.set(account, queue);
  return queue;
}

function entry<Key>(
  registry: { get(key: Key): QueueByAccount | undefined; set(key: Key, value: QueueByAccount): unknown },
  key: Key,
): QueueByAccount {
  const queues = registry.get(key) ?? new Map<string, TransactionQueue>();
  registry.set(key, queues);
  return queues;
}
