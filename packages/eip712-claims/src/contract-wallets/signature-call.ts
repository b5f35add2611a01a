import { type Address, bytesToHex, type Hex } from '@fourmica/core-types';
import { AbiWriter, paddedSize, WORD_SIZE } from '@fourmica/core-types/abi';
import { SigningError } from '../errors.js';
import { bytesOfSignature } from '../signature-text.js';
import { unwrapUndeployedSignature } from './undeployed-signature.js';
import { VERDICT_BYTECODE } from './verdict-bytecode.js';

/** Which contract wallets are asked. */
export interface ContractSignatureOptions {
  /**
   * Also accept a signature that says how its wallet would be deployed (ERC-6492). The node then calls a contract that the
   * signer names, without effect on the chain. Default is false.
   */
  readonly allowUndeployed?: boolean | undefined;
}

/** A call without recipient (`eth_call`) that changes nothing. */
export interface ContractSignatureCall {
  readonly data: Hex;
  /** Enough for any outcome, so that a call that fails means that the node did not answer. */
  readonly gas: bigint;
}

const GAS = 8_000_000n;
const HEAD_SIZE = 5 * WORD_SIZE;
const NOBODY = `0x${'00'.repeat(20)}` as Address;
const YES = `0x${'00'.repeat(31)}01`;
const NO = `0x${'00'.repeat(32)}`;

/**
 * Prepares the question whether a contract wallet accepts a signature of a digest (ERC-1271).
 *
 * @param signature - hex, `0x` optional, at most 16,384 bytes; its form is the wallet's own.
 * @throws SigningError `SIGNATURE_NOT_HEX` or `SIGNATURE_LENGTH`.
 * @throws ValidationError when the digest does not have 32 bytes.
 */
export function contractSignatureCall(
  wallet: Address,
  digest: Uint8Array,
  signature: string,
  { allowUndeployed = false }: ContractSignatureOptions = {},
): ContractSignatureCall {
  const given = bytesOfSignature(signature);
  const wrapped = allowUndeployed ? unwrapUndeployedSignature(given) : undefined;
  const {
    factory,
    factoryData,
    signature: inner,
  } = wrapped ?? { factory: NOBODY, factoryData: new Uint8Array(), signature: given };
  const factoryDataOffset = HEAD_SIZE + WORD_SIZE + paddedSize(inner.length);
  const size = factoryDataOffset + WORD_SIZE + paddedSize(factoryData.length);
  const args = new AbiWriter(size)
    .address(wallet, 'wallet')
    .bytes32(bytesToHex(digest), 'digest')
    .uint(HEAD_SIZE, 256, 'offset')
    .address(factory, 'factory')
    .uint(factoryDataOffset, 256, 'offset')
    .dynamicBytes(inner)
    .dynamicBytes(factoryData);
  return { data: `${VERDICT_BYTECODE}${bytesToHex(args.finish()).slice(2)}` as Hex, gas: GAS };
}

/**
 * Reads the answer to {@link contractSignatureCall}.
 *
 * @throws SigningError `CONTRACT_WALLET_UNAVAILABLE` when it is neither yes nor no.
 */
export function contractSignatureVerdict(answer: unknown): boolean {
  if (answer === YES) return true;
  if (answer === NO) return false;
  throw new SigningError(
    'CONTRACT_WALLET_UNAVAILABLE',
    'contract wallet: the node answered neither yes nor no; does it run calls without a recipient?',
    { answer: String(answer).slice(0, 80) },
  );
}
