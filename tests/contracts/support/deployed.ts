import type { Interface, Result } from 'ethers';
import type { Chain, Receipt } from './chain.js';

/** An event as `name` and arguments. */
export type EventRecord = readonly [name: string, ...args: unknown[]];

/** A contract on the test chain. Functions are named as ethers does: by name, or by signature when overloaded. */
export class Deployed {
  constructor(
    private readonly chain: Chain,
    readonly address: string,
    readonly abi: Interface,
  ) {}

  encode(fn: string, args: readonly unknown[] = []): string {
    return this.abi.encodeFunctionData(fn, [...args]);
  }

  /** Calls a function as `from` without a transaction. */
  async callAs(from: string, fn: string, args: readonly unknown[] = [], value = 0n): Promise<Result> {
    const data = await this.chain.call(from, this.address, this.encode(fn, args), value);
    return this.abi.decodeFunctionResult(fn, data);
  }

  read(fn: string, ...args: unknown[]): Promise<Result> {
    return this.callAs(this.chain.account(9), fn, args);
  }

  /** The single result of a view. */
  async get(fn: string, ...args: unknown[]): Promise<unknown> {
    return (await this.read(fn, ...args))[0];
  }

  sendAs(from: string, fn: string, args: readonly unknown[] = [], value = 0n): Promise<Receipt> {
    return this.chain.send(from, this.address, this.encode(fn, args), value);
  }

  /** The events of this contract in a receipt, in order. */
  eventsOf(receipt: Receipt): EventRecord[] {
    return receipt.logs
      .filter(({ address }) => address === this.address)
      .map((log) => {
        const event = this.abi.parseLog(log);
        if (event === null) throw new Error(`unknown event ${log.topics[0]}`);
        return [event.name, ...(event.args.toArray(true) as unknown[])] as const;
      });
  }
}
