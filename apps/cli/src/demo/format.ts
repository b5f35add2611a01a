import { formatEther } from 'ethers';

/** Writes wei as ETH, for people. */
export const eth = (wei: bigint): string => `${formatEther(wei)} ETH`;

/** Shortens a 256-bit id to its first digits, for people. */
export const shortId = (id: bigint): string => `0x${id.toString(16).slice(0, 8)}…`;
