import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ContractError, ContractGateway } from '@fourmica/contract-gateway';
import { freePort } from '@fourmica/test-support';
import { JsonRpcProvider } from 'ethers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Chain, PAYER, rejection } from './support/chain.js';

let chain: Chain;
beforeAll(async () => {
  chain = await Chain.start();
});
afterAll(() => chain.stop());

test('a node of another chain is refused', async () => {
  const error = await rejection(chain.gateway(PAYER, { expectedChainId: 1n }));
  expect(error).toBeInstanceOf(ContractError);
  expect(error).toMatchObject({ code: 'CHAIN_ID_MISMATCH', context: { actual: 31337n, expected: 1n } });
});

test('an address without code is refused', async () => {
  const error = await rejection(chain.gateway(PAYER, { contractAddress: chain.address(9) }));
  expect(error).toMatchObject({ code: 'CONTRACT_NOT_FOUND' });
});

test('a node that is not there is reported instead of being asked for ever', async () => {
  const port = await freePort();
  const error = await rejection(
    chain.gateway(PAYER, { rpcUrl: `http://127.0.0.1:${port}/v2/secret-api-key`, requestTimeoutMs: 2_000 }),
  );
  expect(error).toMatchObject({ code: 'RPC_UNREACHABLE' });
  expect(`${error.message} ${error.cause}`).not.toContain('secret-api-key');
});

test('a node that accepts the connection and says nothing is given up after the limit', async () => {
  const silent = createServer(() => undefined);
  const url = await listen(silent);
  const started = Date.now();
  const error = await rejection(chain.gateway(PAYER, { rpcUrl: url, requestTimeoutMs: 500 }));
  expect(error).toMatchObject({ code: 'RPC_UNREACHABLE' });
  // Without a limit of the caller it is fifteen seconds for each request.
  expect(Date.now() - started).toBeLessThan(14_000);
  silent.closeAllConnections();
  silent.close();
});

test('a provider of the caller that never finds its network is given up as well', async () => {
  const provider = new JsonRpcProvider(`http://127.0.0.1:${await freePort()}`);
  const error = await rejection(
    ContractGateway.connect({
      provider,
      contractAddress: chain.contractAddress,
      expectedChainId: 31337n,
      requestTimeoutMs: 500,
    }),
  );
  expect(error).toMatchObject({ code: 'RPC_UNREACHABLE' });
  provider.destroy();
});

test('a malformed key is refused without being repeated', async () => {
  for (const privateKey of ['0x1234', 'f'.repeat(64), `0x${'0'.repeat(64)}`, 'my-secret']) {
    const error = await rejection(chain.gateway(PAYER, { privateKey }));
    expect(error).toMatchObject({ code: 'INVALID_VALUE', context: { field: 'privateKey' } });
    expect(error.message).not.toContain(privateKey);
  }
});

test('without a signer the gateway reads, and says what a write would need', async () => {
  const gateway = await ContractGateway.connect({
    rpcUrl: chain.anvil.rpcUrl,
    contractAddress: chain.contractAddress.toLowerCase(),
    expectedChainId: '0x7a69',
  });
  expect(await gateway.getErc20Tokens()).toEqual([chain.usdc, chain.usdt]);
  expect(gateway.signerAddress).toBeUndefined();
  expect(await rejection(gateway.deposit(1n))).toMatchObject({ code: 'SIGNER_REQUIRED' });
  gateway.close();
  gateway.close();
});

test('the version configuration is read from the contract and kept', async () => {
  const gateway = await chain.gateway(PAYER);
  const config = await gateway.getGuaranteeVersionConfig(1);
  expect(config).toMatchObject({ version: 1, enabled: true, decoder: undefined });
  expect(config.verificationKey[0]).toBe(
    '0x0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0f',
  );
  expect(gateway.getGuaranteeVersionConfig(1)).toBe(gateway.getGuaranteeVersionConfig(1));
  expect(gateway.getGuaranteeVersionConfig(1, { refresh: true })).not.toBe(config);
  expect((await gateway.getGuaranteeVersionConfig(2)).enabled).toBe(false);
  expect(await gateway.guaranteeDomainSeparator()).toBe(config.domain);
  expect(gateway.guaranteeDomainSeparator()).toBe(gateway.guaranteeDomainSeparator());
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
