import {
  type Address,
  type Eip712Domain,
  parseU256,
  parseWireAddress,
  type SignedClaims,
  withinTime,
} from '@fourmica/core-types';
import { SigningError } from '../errors.js';
import type { Eip1193Provider } from '../from-eip1193.js';
import { recoverAddress, signedDigest } from '../recover.js';
import type { SignatureForms } from '../signature-text.js';
import {
  type ContractSignatureOptions,
  contractSignatureCall,
  contractSignatureVerdict,
} from './signature-call.js';

/** How the node is asked. */
export interface NodeOptions {
  /** Longest wait for each answer in milliseconds; default is 10,000. */
  readonly timeoutMs?: number | undefined;
}

/** How a payer may have signed, and how the node is asked. */
export type OnChainVerificationOptions = ContractSignatureOptions & SignatureForms & NodeOptions;

const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Asks a contract wallet whether it accepts a signature of a digest (ERC-1271, on request ERC-6492).
 *
 * @throws SigningError `SIGNATURE_NOT_HEX`, `SIGNATURE_LENGTH`, or `CONTRACT_WALLET_UNAVAILABLE` when the node could not
 * be asked, which says nothing about the signature.
 */
export async function isValidContractSignature(
  provider: Eip1193Provider,
  wallet: Address,
  digest: Uint8Array,
  signature: string,
  options: ContractSignatureOptions & NodeOptions = {},
): Promise<boolean> {
  const { data, gas } = contractSignatureCall(wallet, digest, signature, options);
  const call = { data, gas: `0x${gas.toString(16)}` };
  return contractSignatureVerdict(await ask(provider, 'eth_call', [call, 'latest'], options));
}

/**
 * Checks that guarantee request claims were signed by their payer, an account or a contract wallet on the chain of the
 * domain. The core and the facilitator take signatures of accounts only; this is for agreements beside them.
 *
 * @throws SigningError `SIGNATURE_SIGNER_MISMATCH` when neither the account nor a contract at its address accepts;
 * `CONTRACT_WALLET_WRONG_CHAIN`, `CONTRACT_WALLET_UNAVAILABLE`, `SIGNATURE_NOT_HEX` or `SIGNATURE_LENGTH`.
 * @throws ValidationError when the claims cannot be encoded.
 */
export async function verifyRequestSignatureOnChain(
  provider: Eip1193Provider,
  domain: Eip712Domain,
  { claims, signature, scheme }: SignedClaims,
  options: OnChainVerificationOptions = {},
): Promise<void> {
  const payer = parseWireAddress(claims.userAddress, 'userAddress');
  const digest = signedDigest(domain, claims, scheme);
  if (signingAccount(digest, signature, options) === payer) return;
  const chainId = parseU256(await ask(provider, 'eth_chainId', [], options), 'eth_chainId');
  if (chainId !== domain.chainId) throw wrongChain(domain.chainId, chainId);
  if (!(await isValidContractSignature(provider, payer, digest, signature, options))) {
    throw new SigningError(
      'SIGNATURE_SIGNER_MISMATCH',
      `signature: neither the account of the payer ${payer} nor a contract wallet there accepts it; check name, version and chain id of the domain too`,
      { expected: payer },
    );
  }
}

function signingAccount(digest: Uint8Array, signature: string, forms: SignatureForms): Address | undefined {
  try {
    return recoverAddress(digest, signature, forms);
  } catch (error) {
    if (error instanceof SigningError) return undefined;
    throw error;
  }
}

async function ask(
  provider: Eip1193Provider,
  method: string,
  params: readonly unknown[],
  { timeoutMs = DEFAULT_TIMEOUT_MS }: NodeOptions,
): Promise<unknown> {
  const late = () => new Error(`no answer within ${timeoutMs} ms`);
  try {
    return await withinTime(provider.request({ method, params }), timeoutMs, late);
  } catch (cause) {
    throw new SigningError(
      'CONTRACT_WALLET_UNAVAILABLE',
      'contract wallet: the node could not be asked, see the cause; try again',
      { method },
      { cause },
    );
  }
}

const wrongChain = (expected: bigint, chainId: bigint): SigningError =>
  new SigningError(
    'CONTRACT_WALLET_WRONG_CHAIN',
    `contract wallet: expected a provider of chain ${expected} like the domain, got chain ${chainId}`,
    { expected, chainId },
  );
