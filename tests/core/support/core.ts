import { type CoreConfig, type CoreDeps, type CoreService, createCore, createLogger } from '@fourmica/core';
import { BLS_SECRET_KEY, CHAIN_ID, type TestChain } from './chain.js';

/** A core under test. */
export interface TestCore {
  readonly url: string;
  readonly service: CoreService;
}

/** Settings of a core on a test chain: every block is final, the chain is read twenty times a second. */
export const coreConfig = (chain: TestChain, overrides: Partial<CoreConfig> = {}): CoreConfig => ({
  host: '127.0.0.1',
  port: 0,
  chainId: CHAIN_ID,
  ethereumHttpRpcUrl: chain.rpcUrl,
  contractAddress: chain.contractAddress,
  contractDeployBlock: chain.deployBlock,
  operatorPrivateKey: chain.operatorKey,
  blsSecretKey: BLS_SECRET_KEY,
  authMode: 'optional',
  database: { kind: 'pglite' },
  confirmation: { mode: 'depth', depth: 0 },
  scanIntervalMs: 50,
  certificateVisibility: 'auto',
  ...overrides,
});

export async function startCore(
  chain: TestChain,
  overrides: Partial<CoreConfig> = {},
  deps: CoreDeps = {},
): Promise<TestCore> {
  const logger = createLogger('silent');
  const service = await createCore(coreConfig(chain, overrides), { logger, ...deps });
  return { service, url: await service.listen() };
}
