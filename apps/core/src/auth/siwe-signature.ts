import { type Address, bytesToHex, type Hex, stripHexPrefix } from '@fourmica/core-types';
import { personalMessageDigest, recoverAddress, SigningError } from '@fourmica/eip712-claims';
import { Interface, isError } from 'ethers';
import { AuthRefusalError } from './auth-refusal.js';
import { invalidSiwe } from './siwe-parser.js';

/** The part of an ethers provider that contract wallets (EIP-1271) are asked through. */
export interface ContractCaller {
  call(transaction: { to: string; data: string; gasLimit: bigint }): Promise<string>;
}

const erc1271 = new Interface([
  'function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)',
]);
const MAGIC_VALUE = '0x1626ba7e';
const CALL_GAS_LIMIT = 3_000_000n;
const CALL_TIMEOUT_MS = 10_000;

/**
 * Checks a wallet's signature over a login message: 65 bytes ECDSA with low `s`, otherwise the contract wallet at the
 * address is asked (EIP-1271).
 *
 * @throws AuthRefusalError 400 when the signature is not valid, 503 when the node cannot be asked.
 */
export async function checkSiweSignature(
  provider: ContractCaller,
  address: Address,
  message: string,
  signature: string,
): Promise<void> {
  if (!/^(?:[0-9a-f]{2})+$/i.test(stripHexPrefix(signature))) throw invalidSiwe('invalid signature hex');
  const digest = personalMessageDigest(new TextEncoder().encode(message));
  if (recoveredSigner(digest, signature) === address) return;
  const hex: Hex = `0x${stripHexPrefix(signature)}`;
  if (!(await isValidForContract(provider, address, bytesToHex(digest), hex))) {
    throw invalidSiwe('invalid signature');
  }
}

function recoveredSigner(digest: Uint8Array, signature: string): Address | undefined {
  try {
    return recoverAddress(digest, signature);
  } catch (error) {
    if (error instanceof SigningError) return undefined;
    throw error;
  }
}

async function isValidForContract(
  provider: ContractCaller,
  address: Address,
  digest: Hex,
  signature: Hex,
): Promise<boolean> {
  const data = erc1271.encodeFunctionData('isValidSignature', [digest, signature]);
  try {
    const answer = await withinTime(provider.call({ to: address, data, gasLimit: CALL_GAS_LIMIT }));
    return answer.slice(0, MAGIC_VALUE.length).toLowerCase() === MAGIC_VALUE;
  } catch (cause) {
    if (isError(cause, 'CALL_EXCEPTION')) return false;
    const message = 'the chain node cannot be reached to check the signature, please retry';
    throw new AuthRefusalError('AUTH_UNAVAILABLE', message, { cause });
  }
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CALL_TIMEOUT_MS} ms`)), CALL_TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
