import { type Address, stripHexPrefix, withinTime } from '@fourmica/core-types';
import { personalMessageDigest, recoverAddress, SigningError } from '@fourmica/eip712-claims';
import { contractSignatureCall, contractSignatureVerdict } from '@fourmica/eip712-claims/contract-wallets';
import { AuthRefusalError } from './auth-refusal.js';
import { invalidSiwe } from './siwe-parser.js';

/** The part of an ethers provider that contract wallets (EIP-1271) are asked through. */
export interface ContractCaller {
  call(transaction: { data: string; gasLimit: bigint }): Promise<string>;
}

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
  if (!(await isAcceptedByContract(provider, address, digest, signature))) {
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

async function isAcceptedByContract(
  provider: ContractCaller,
  address: Address,
  digest: Uint8Array,
  signature: string,
): Promise<boolean> {
  const { data, gas } = contractSignatureCall(address, digest, signature);
  const late = () => new Error(`no answer within ${CALL_TIMEOUT_MS} ms`);
  try {
    const answer = await withinTime(provider.call({ data, gasLimit: gas }), CALL_TIMEOUT_MS, late);
    return contractSignatureVerdict(answer);
  } catch (cause) {
    const message = 'the chain node cannot be reached to check the signature, please retry';
    throw new AuthRefusalError('AUTH_UNAVAILABLE', message, { cause });
  }
}
