import { AbiCoder, keccak256 } from 'ethers';

/**
 * The id under which a token payment is recorded on chain: `keccak256(abi.encode(chainId, txHash, logIndex))`, because
 * one transaction may hold several. An ETH transfer is recorded under its transaction hash. A payment that is mined again at
 * another log index keeps the id that it had first.
 */
export const tokenPaymentId = (chainId: bigint, txHash: string, logIndex: number): string =>
  keccak256(
    AbiCoder.defaultAbiCoder().encode(['uint256', 'bytes32', 'uint256'], [chainId, txHash, logIndex]),
  );
