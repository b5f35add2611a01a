import type { Address, Hex } from '@fourmica/core-types';
import { type Provider, Signature, type Signer, type TypedDataDomain, TypedDataEncoder } from 'ethers';
import { erc20Permit } from './abi.js';
import { contractErrorOf } from './contract-error-of.js';
import { ContractReader } from './contract-reader.js';
import { ContractError } from './errors.js';
import type { OutgoingCall } from './transaction-sender.js';

/** What an owner permits with a signature (ERC-2612). */
export interface Permit {
  readonly token: Address;
  readonly owner: Address;
  readonly spender: Address;
  /** Base units. */
  readonly amount: bigint;
  /** Unix seconds by the chain's clock. */
  readonly deadline: bigint;
}

const PERMIT_TYPES = {
  Permit: [
    { name: 'owner', type: 'address' },
    { name: 'spender', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
};
/** Versions that tokens have which do not tell theirs. */
const COMMON_VERSIONS = ['1', '2'];

/**
 * Signs a permit and writes the call that hands it to the token.
 *
 * @throws ContractError `PERMIT_UNSUPPORTED` for a token without ERC-2612, `SIGNER_REJECTED` when the wallet refuses.
 */
export async function signPermit(
  provider: Provider,
  signer: Signer,
  chainId: bigint,
  permit: Permit,
): Promise<OutgoingCall> {
  const { token, owner, spender, amount, deadline } = permit;
  const reader = new ContractReader(provider, token, erc20Permit);
  const [domain, [nonce]] = await supported(
    token,
    Promise.all([domainOf(reader, chainId), reader.read('nonces', [owner])]),
  );
  const message = { owner, spender, value: amount, nonce, deadline };
  try {
    const { v, r, s } = Signature.from(await signer.signTypedData(domain, PERMIT_TYPES, message));
    const args = [owner, spender, amount, deadline, v, r, s];
    const data = erc20Permit.encodeFunctionData('permit', args) as Hex;
    return { operation: 'permit', to: token, data };
  } catch (error) {
    throw contractErrorOf(error, { operation: 'permit', token });
  }
}

/** Finds the domain that the token verifies permits with: what it tells itself has to give its own domain separator. */
async function domainOf(reader: ContractReader, chainId: bigint): Promise<TypedDataDomain> {
  const [[separator], candidates] = await Promise.all([
    reader.read('DOMAIN_SEPARATOR'),
    candidateDomains(reader, chainId),
  ]);
  const domain = candidates.find((candidate) => TypedDataEncoder.hashDomain(candidate) === separator);
  if (domain !== undefined) return domain;
  throw new ContractError(
    'PERMIT_UNSUPPORTED',
    `the token ${reader.address} verifies permits under an unknown domain; use approveErc20 instead`,
    { token: reader.address },
  );
}

async function candidateDomains(reader: ContractReader, chainId: bigint): Promise<TypedDataDomain[]> {
  const [[name], version] = await Promise.all([reader.read('name'), versionOf(reader)]);
  const versions = version === undefined ? COMMON_VERSIONS : [version];
  const verifyingContract = reader.address;
  return versions.map((each) => ({ name, version: each, chainId, verifyingContract }));
}

/** Undefined when the token does not tell its version, as most do not. */
async function versionOf(reader: ContractReader): Promise<string | undefined> {
  try {
    const [version] = await reader.read('version');
    return version;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function supported<T>(token: Address, reads: Promise<T>): Promise<T> {
  try {
    return await reads;
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new ContractError(
      'PERMIT_UNSUPPORTED',
      `the token ${token} has no permits (ERC-2612); use approveErc20 instead`,
      { token },
      { cause: error },
    );
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof ContractError &&
  (error.code === 'RESULT_MISSING' || error.code === 'UNKNOWN_REVERT' || error.errorName !== undefined);
