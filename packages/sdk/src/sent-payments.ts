import { ContractError } from '@fourmica/contract-gateway';

/** Failures after which a transaction may still be mined. */
const FATE_UNKNOWN: ReadonlySet<string> = new Set([
  'TRANSACTION_TIMEOUT',
  'REPLACEMENT_UNKNOWN',
  'BROADCAST_UNCERTAIN',
  'ABORTED',
]);

interface Sent {
  readonly recordedBefore: bigint;
  /** Base units. */
  readonly sent: bigint;
}

/**
 * What this client has paid on each tab. The contract learns of a payment only when the operator records it; until then
 * this memory keeps the same debt from being paid twice, also after a failure that leaves open whether it was paid.
 */
export class SentPayments {
  readonly #byTab = new Map<bigint, Sent>();
  readonly #tails = new Map<bigint, Promise<unknown>>();

  /** The larger of what the contract has recorded and what this client knows to have paid, in base units. */
  paid(tabId: bigint, recorded: bigint): bigint {
    const known = this.#byTab.get(tabId);
    const expected = known === undefined ? 0n : known.recordedBefore + known.sent;
    return expected > recorded ? expected : recorded;
  }

  /**
   * Runs a payment and remembers it, unless it certainly failed.
   *
   * @param recorded - what the contract had recorded for the tab before.
   */
  async remember<T>(tabId: bigint, recorded: bigint, amount: bigint, pay: () => Promise<T>): Promise<T> {
    try {
      const receipt = await pay();
      this.#add(tabId, recorded, amount);
      return receipt;
    } catch (error) {
      if (error instanceof ContractError && FATE_UNKNOWN.has(error.code)) this.#add(tabId, recorded, amount);
      throw error;
    }
  }

  /** Runs the payments of one tab one after the other, so that each knows of those before it. */
  inOrder<T>(tabId: bigint, work: () => Promise<T>): Promise<T> {
    const turn = (this.#tails.get(tabId) ?? Promise.resolve()).then(work);
    const tail = turn
      .catch(() => undefined)
      .then(() => {
        if (this.#tails.get(tabId) === tail) this.#tails.delete(tabId);
      });
    this.#tails.set(tabId, tail);
    return turn;
  }

  #add(tabId: bigint, recorded: bigint, amount: bigint): void {
    const known = this.#byTab.get(tabId) ?? { recordedBefore: recorded, sent: 0n };
    this.#byTab.set(tabId, { ...known, sent: known.sent + amount });
  }
}
