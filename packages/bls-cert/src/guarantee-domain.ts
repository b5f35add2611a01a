import {
  type Address,
  type Bytes32,
  bytesToHex,
  type GuaranteeVersion,
  ValidationError,
} from '@fourmica/core-types';
import { AbiWriter, encodeUtf8, keccak256, paddedSize, WORD_SIZE } from '@fourmica/core-types/abi';

const LABELS: Readonly<Record<GuaranteeVersion, string>> = {
  1: '4MICA_CORE_GUARANTEE_V1',
  2: '4MICA_CORE_GUARANTEE_V2',
};

const HEAD_WORDS = 3;

/**
 * Computes the guarantee domain of a version: keccak256 of `abi.encode(string label, uint256 chainId, address contract)`.
 *
 * Version 1 is what the contract computes for itself. Version 2 is the value of the standard deployment; prefer the one
 * that the contract tells, because governance may have configured another.
 *
 * @throws ValidationError when the version is not 1 or 2 or a value does not fit its Solidity type.
 */
export function guaranteeDomain(version: GuaranteeVersion, chainId: bigint, contract: Address): Bytes32 {
  if (version !== 1 && version !== 2) throw new ValidationError('version', version, '1 or 2');
  const label = encodeUtf8(LABELS[version], 'label');
  const preimage = new AbiWriter((HEAD_WORDS + 1) * WORD_SIZE + paddedSize(label.length))
    .uint(HEAD_WORDS * WORD_SIZE, 256, 'offset')
    .uint(chainId, 256, 'chainId')
    .address(contract, 'contract')
    .dynamicBytes(label);
  return bytesToHex(keccak256(preimage.finish()));
}
