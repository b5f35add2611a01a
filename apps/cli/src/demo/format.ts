import { type Address, ETH_ASSET } from '@fourmica/core-types';
import { formatUnits } from 'ethers';

/** Writes an amount with its unit, for people. Every token of the local network has 6 decimals. */
export const money = (amount: bigint, asset: Address = ETH_ASSET): string =>
  asset === ETH_ASSET ? `${formatUnits(amount, 18)} ETH` : `${formatUnits(amount, 6)} USDC`;

/** Shortens a 256-bit id to its first digits, for people. */
export const shortId = (id: bigint): string => `0x${id.toString(16).slice(0, 8)}…`;
