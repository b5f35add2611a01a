import type { ContractGateway } from '@fourmica/contract-gateway';
import { erc20Abi } from '@fourmica/contracts/abi';
import { type Clock, FourMicaError, type SupportedToken } from '@fourmica/core-types';
import { Contract } from 'ethers';

const CACHE_MS = 60_000;
const MAX_SYMBOL_LENGTH = 64;

/** Lists the contract's tokens; asks the chain at most once a minute, however many ask. */
export function cachedTokenReader(
  gateway: ContractGateway,
  clock: Clock,
): () => Promise<readonly SupportedToken[]> {
  let cached: { readonly tokens: Promise<readonly SupportedToken[]>; readonly untilMs: number } | undefined;
  return () => {
    if (cached !== undefined && clock.nowMs() < cached.untilMs) return cached.tokens;
    const tokens = readTokens(gateway);
    cached = { tokens, untilMs: clock.nowMs() + CACHE_MS };
    tokens.catch(() => {
      cached = undefined;
    });
    return tokens;
  };
}

async function readTokens(gateway: ContractGateway): Promise<SupportedToken[]> {
  const addresses = await gateway.getErc20Tokens();
  return Promise.all(
    addresses.map(async (address) => {
      const token = new Contract(address, erc20Abi, { provider: gateway.provider });
      const [symbol, decimals] = await Promise.all([
        token.getFunction('symbol').staticCall(),
        token.getFunction('decimals').staticCall(),
      ]);
      if (typeof symbol !== 'string' || symbol.length > MAX_SYMBOL_LENGTH) {
        throw new FourMicaError('TOKEN_INVALID', `token ${address} has no readable symbol`, { address });
      }
      return { address, symbol, decimals: Number(decimals) };
    }),
  );
}
