import { parseWireAddress } from '@fourmica/core-types';
import { parsed } from '../parsed.js';

/** A token that is worth a dollar. */
export interface KnownAsset {
  readonly asset: string;
  readonly decimals: number;
  readonly symbol: string;
}

const usdc = (asset: string): KnownAsset => ({ asset, decimals: 6, symbol: 'USDC' });

/** USDC of the networks that 4Mica runs on, by CAIP-2 id. */
const USDC: Readonly<Record<string, KnownAsset>> = {
  'eip155:11155111': usdc('0x1c7D4B196Cb0C7B01d743Fbc6116a902379C7238'),
  'eip155:84532': usdc('0x036CbD53842c5426634e7929541eC2318f3dCF7e'),
  'eip155:8453': usdc('0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913'),
};

/** Returns the dollar token of a network, if one is known. */
export const dollarTokenOf = (network: string): KnownAsset | undefined =>
  Object.hasOwn(USDC, network) ? USDC[network] : undefined;

/** Finds a known dollar token by its address, in any letter case. */
export function findDefaultAsset(asset: string, network: string): KnownAsset | undefined {
  const known = dollarTokenOf(network);
  const address = parsed(parseWireAddress, asset);
  return known !== undefined && address === parseWireAddress(known.asset) ? known : undefined;
}
