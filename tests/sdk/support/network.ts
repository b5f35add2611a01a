import { type CoreConfig, type CoreService, createCore } from '@fourmica/core';
import type { Address, Clock } from '@fourmica/core-types';
import { Client, ConfigBuilder } from '@fourmica/sdk';
import { pino } from 'pino';
import { BLS_SECRET_KEY, CHAIN_ID, OPERATOR, TestChain } from './contract.js';

/** The machine's clock with an offset. */
class TestClock implements Clock {
  #offsetMs = 0;
  nowMs(): number {
    return Date.now() + this.#offsetMs;
  }
  advance(seconds: bigint): void {
    this.#offsetMs += Number(seconds) * 1000;
  }
}

/** A chain with contract, tokens and validation registry, and a core in front of it. */
export class TestNetwork {
  readonly #clients: Client[] = [];

  private constructor(
    readonly chain: TestChain,
    readonly clock: TestClock,
    readonly core: CoreService,
    readonly coreUrl: string,
    readonly contractAddress: Address,
    readonly usdc: Address,
    readonly usdt: Address,
    readonly registry: Address,
  ) {}

  static async start(settings: Partial<CoreConfig> = {}): Promise<TestNetwork> {
    const chain = await TestChain.start();
    const clock = new TestClock();
    const [usdc, usdt, registry] = [
      await chain.deployToken('usdc'),
      await chain.deployToken('usdt'),
      await chain.deployRegistry(),
    ];
    const contract = await chain.deploy({
      stablecoins: [usdc, usdt],
      guaranteeV2: { trustedRegistries: [registry] },
    });
    const core = await createCore(
      {
        host: '127.0.0.1',
        port: 0,
        chainId: CHAIN_ID,
        ethereumHttpRpcUrl: chain.rpcUrl,
        publicEthereumHttpRpcUrl: chain.rpcUrl,
        contractAddress: contract.address,
        contractDeployBlock: contract.block,
        operatorPrivateKey: chain.privateKey(OPERATOR),
        blsSecretKey: BLS_SECRET_KEY,
        acceptedGuaranteeVersions: [1, 2],
        trustedValidationRegistries: [registry],
        authMode: 'optional',
        database: { kind: 'pglite' },
        confirmation: { mode: 'depth', depth: 1 },
        scanIntervalMs: 50,
        certificateVisibility: 'auto',
        ...settings,
      },
      { clock, logger: pino({ level: 'silent' }) },
    );
    const url = await core.listen();
    return new TestNetwork(chain, clock, core, url, contract.address, usdc, usdt, registry);
  }

  /** Settings of a client of this network. */
  config(account?: number): ConfigBuilder {
    const builder = new ConfigBuilder()
      .rpcUrl(this.coreUrl)
      .clock(this.clock)
      .receipt({ timeoutMs: 60_000, pollingIntervalMs: 50 });
    return account === undefined ? builder : builder.walletPrivateKey(this.chain.privateKey(account));
  }

  /** A client, closed together with the network. */
  async client(builder: ConfigBuilder): Promise<Client> {
    const client = await Client.new(builder.build());
    this.#clients.push(client);
    return client;
  }

  /** Moves the clocks of chain, core and clients. */
  async warp(seconds: bigint): Promise<void> {
    this.clock.advance(seconds);
    await this.chain.warp(seconds);
    await this.chain.mine(2);
  }

  /** Mines until `look` finds what it looks for. */
  async until<T>(what: string, look: () => Promise<T | undefined | null | false>): Promise<T> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      await this.chain.mine(1);
      const found = await look();
      if (found !== undefined && found !== null && found !== false) return found;
      if (Date.now() > deadline) throw new Error(`${what}: not within a minute`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.aclose()));
    await this.core.close();
    await this.chain.stop();
  }
}
