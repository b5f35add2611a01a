import { type Address, bytesToHex, type Hex, parseWireAddress } from '@fourmica/core-types';
import { AbiWriter, paddedSize, uintAt, WORD_SIZE } from '@fourmica/core-types/abi';

/** A signature of a contract wallet that is not deployed yet, and how it would be deployed (ERC-6492). */
export interface UndeployedSignature {
  /** Contract that deploys the wallet. */
  readonly factory: Address;
  /** Calldata with which the factory deploys it. */
  readonly factoryData: Uint8Array;
  /** What the wallet will be asked about once it is there (ERC-1271). */
  readonly signature: Uint8Array;
}

/** The last word of a wrapped signature: `6492` sixteen times. */
const MARK = `0x${'6492'.repeat(16)}`;
const HEAD_SIZE = 3 * WORD_SIZE;

/** Wraps a signature as `abi.encode(factory, factoryData, signature)` and the mark of ERC-6492. */
export function wrapUndeployedSignature({ factory, factoryData, signature }: UndeployedSignature): Hex {
  const signatureOffset = HEAD_SIZE + WORD_SIZE + paddedSize(factoryData.length);
  const size = signatureOffset + WORD_SIZE + paddedSize(signature.length) + WORD_SIZE;
  const writer = new AbiWriter(size)
    .address(factory, 'factory')
    .uint(HEAD_SIZE, 256, 'offset')
    .uint(signatureOffset, 256, 'offset')
    .dynamicBytes(factoryData)
    .dynamicBytes(signature)
    .bytes32(MARK as Hex, 'mark');
  return bytesToHex(writer.finish());
}

/**
 * Opens a wrapped signature. Only the encoding that {@link wrapUndeployedSignature} writes is accepted.
 *
 * @returns undefined when the signature is not wrapped, or not correctly.
 */
export function unwrapUndeployedSignature(wrapped: Uint8Array): UndeployedSignature | undefined {
  const head = wrapped.length - WORD_SIZE;
  if (head < HEAD_SIZE + 2 * WORD_SIZE || bytesToHex(wrapped.subarray(head)) !== MARK) return undefined;
  const factoryData = bytesAt(wrapped, HEAD_SIZE);
  const signature = bytesAt(wrapped, Number(uintAt(wrapped, 2 * WORD_SIZE)));
  if (factoryData === undefined || signature === undefined) return undefined;
  const factory = parseWireAddress(bytesToHex(wrapped.subarray(WORD_SIZE - 20, WORD_SIZE)));
  const opened = { factory, factoryData, signature };
  return wrapUndeployedSignature(opened) === bytesToHex(wrapped) ? opened : undefined;
}

/** The `bytes` whose length stands at `offset`, if they end before the end. */
function bytesAt(bytes: Uint8Array, offset: number): Uint8Array | undefined {
  const start = offset + WORD_SIZE;
  if (start > bytes.length) return undefined;
  const length = uintAt(bytes, offset);
  return length <= BigInt(bytes.length - start) ? bytes.subarray(start, start + Number(length)) : undefined;
}
