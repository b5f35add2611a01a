import { describe, expect, it } from 'vitest';
import {
  caip2OfChainId,
  chainIdOfNetwork,
  NETWORKS,
  parseNetwork,
  resolveNetworkRpcUrl,
  shortNameOfNetwork,
  ValidationError,
} from './index.js';

describe('networks', () => {
  it.each([
    ['eip155:84532', 'eip155:84532', 84532n],
    ['base-sepolia', 'eip155:84532', 84532n],
    ['ethereum-sepolia', 'eip155:11155111', 11155111n],
    ['eip155:1', 'eip155:1', 1n],
    ['localnet', 'eip155:31337', 31337n],
  ])('reads %s', (text, caip2, chainId) => {
    expect(parseNetwork(text)).toBe(caip2);
    expect(chainIdOfNetwork(text)).toBe(chainId);
    expect(caip2OfChainId(chainId)).toBe(caip2);
  });

  it.each([
    '',
    'eip155',
    'eip155:',
    'eip155:084532',
    'eip155:0x14a34',
    'eip155:-1',
    'eip155:1e3',
    'eip155:84532 ',
    'EIP155:84532',
    'Base-Sepolia',
    'solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp',
    'constructor',
    '__proto__',
    `eip155:${'9'.repeat(40)}`,
    84532,
    undefined,
    null,
  ])('refuses %s', (value) => {
    expect(() => parseNetwork(value, 'network')).toThrow(ValidationError);
  });

  it('knows a short name and a core for its own networks', () => {
    for (const [name, { caip2, rpcUrl }] of Object.entries(NETWORKS)) {
      expect(shortNameOfNetwork(caip2)).toBe(name);
      expect(resolveNetworkRpcUrl(name)).toBe(rpcUrl);
      expect(resolveNetworkRpcUrl(caip2)).toBe(rpcUrl);
      expect(new URL(rpcUrl).pathname).toBe('/');
    }
    expect(resolveNetworkRpcUrl('eip155:999')).toBeUndefined();
    expect(shortNameOfNetwork('eip155:999')).toBeUndefined();
  });
});
