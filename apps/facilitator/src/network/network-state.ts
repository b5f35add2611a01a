import { type Bls, type CertificateTrust, loadBls } from '@fourmica/bls-cert';
import { ContractError, ContractGateway, type ContractTiming } from '@fourmica/contract-gateway';
import {
  acceptedGuaranteeVersions,
  type Bytes32,
  bytesToHex,
  type CorePublicParameters,
  chainIdOfNetwork,
  FourMicaError,
  type GuaranteeVersion,
  VALIDATION_HASH_CANONICALIZATION_VERSION,
} from '@fourmica/core-types';
import type { CoreClient } from '@fourmica/rpc-client';
import type { NetworkConfig } from '../config/config.js';
import { FacilitatorError } from '../errors.js';

/** What is known about a network, read from its core and checked against its contract. */
export interface NetworkState {
  readonly params: CorePublicParameters;
  /** Guarantee versions of the core that this facilitator knows, ascending. */
  readonly versions: readonly GuaranteeVersion[];
  /** Keys and domains as the contract holds them. */
  readonly trust: CertificateTrust;
  readonly timing: ContractTiming;
  /** True when a later certificate can be claimed after an earlier one, so that payers may see certificates. */
  readonly paysIncrementally: boolean;
}

const MISCONFIGURED_CODES: readonly string[] = ['CHAIN_ID_MISMATCH', 'CONTRACT_NOT_FOUND', 'RESULT_MISSING'];
const CONTRACT_TIMEOUT_MS = 10_000;

/**
 * Reads the parameters of a core and the keys, domains and windows of its contract.
 *
 * @throws FacilitatorError `NETWORK_MISCONFIGURED` when they contradict each other, `NETWORK_UNAVAILABLE` when one of
 * them does not answer.
 */
export async function readNetworkState(config: NetworkConfig, core: CoreClient): Promise<NetworkState> {
  try {
    const params = await core.getPublicParams();
    checkParams(config, params);
    const gateway = await connectContract(config, params);
    try {
      return await readContract(config, params, gateway);
    } finally {
      gateway.close();
    }
  } catch (error) {
    throw asNetworkError(config, error);
  }
}

function asNetworkError({ network }: NetworkConfig, error: unknown): unknown {
  if (error instanceof FacilitatorError || !(error instanceof FourMicaError)) return error;
  const isMisconfigured = error instanceof ContractError && MISCONFIGURED_CODES.includes(error.code);
  return new FacilitatorError(
    isMisconfigured ? 'NETWORK_MISCONFIGURED' : 'NETWORK_UNAVAILABLE',
    `network ${network}: ${error.message}`,
    { network },
    { cause: error },
  );
}

function checkParams(config: NetworkConfig, params: CorePublicParameters): void {
  const chainId = chainIdOfNetwork(config.network);
  if (params.chainId !== chainId) {
    throw misconfigured(
      config,
      `the core at ${config.coreApiUrl} is on chain ${params.chainId}, not ${chainId}`,
    );
  }
  const versions = knownVersions(params);
  if (versions.length === 0)
    throw misconfigured(config, 'the core accepts neither guarantee version 1 nor 2');
  if (!versions.includes(2)) return;
  const canonicalization = params.validationHashCanonicalizationVersion;
  if (canonicalization !== VALIDATION_HASH_CANONICALIZATION_VERSION) {
    throw misconfigured(
      config,
      `the core hashes validation policies as ${canonicalization ?? 'it does not tell'}, expected ${VALIDATION_HASH_CANONICALIZATION_VERSION}`,
    );
  }
  if (params.trustedValidationRegistries.length === 0) {
    throw misconfigured(config, 'the core accepts guarantee version 2, but trusts no validation registry');
  }
}

const knownVersions = (params: CorePublicParameters): GuaranteeVersion[] =>
  acceptedGuaranteeVersions(params).filter(
    (version): version is GuaranteeVersion => version === 1 || version === 2,
  );

function connectContract(config: NetworkConfig, params: CorePublicParameters): Promise<ContractGateway> {
  const rpcUrl = config.rpcUrl ?? params.ethereumHttpRpcUrl;
  if (rpcUrl === undefined) {
    throw misconfigured(
      config,
      'no Ethereum node is known, and certificates cannot be checked without one; set rpcUrl of the network',
    );
  }
  return ContractGateway.connect({
    rpcUrl,
    contractAddress: params.contractAddress,
    expectedChainId: params.chainId,
    requestTimeoutMs: CONTRACT_TIMEOUT_MS,
  });
}

async function readContract(
  config: NetworkConfig,
  params: CorePublicParameters,
  gateway: ContractGateway,
): Promise<NetworkState> {
  const bls = await loadBls();
  const versions = knownVersions(params);
  const domains: Partial<Record<GuaranteeVersion, Bytes32>> = {};
  const keys = new Map<GuaranteeVersion, Uint8Array>();
  for (const version of versions) {
    const { domain, enabled, verificationKey } = await gateway.getGuaranteeVersionConfig(version);
    if (!enabled) throw misconfigured(config, `the contract does not accept guarantee version ${version}`);
    keys.set(version, contractKey(config, params, bls, verificationKey));
    domains[version] = domain;
  }
  return {
    params,
    versions,
    trust: {
      publicKey: (version) => keys.get(version) ?? params.publicKey,
      domains,
      validationChainId: params.chainId,
      trustedValidationRegistries: params.trustedValidationRegistries,
    },
    timing: await gateway.timing(),
    paysIncrementally: await gateway.paysIncrementally(),
  };
}

/** Certificates of a core whose key the contract does not know are worthless to the recipient. */
function contractKey(
  config: NetworkConfig,
  params: CorePublicParameters,
  bls: Bls,
  words: readonly string[],
): Uint8Array {
  const key = bls.publicKeyFromWords(words);
  if (bytesToHex(key) === bytesToHex(params.publicKey)) return key;
  throw misconfigured(
    config,
    `the core signs with ${bytesToHex(params.publicKey)}, but the contract ${params.contractAddress} verifies with ${bytesToHex(key)}`,
  );
}

const misconfigured = ({ network }: NetworkConfig, reason: string): FacilitatorError =>
  new FacilitatorError('NETWORK_MISCONFIGURED', `network ${network}: ${reason}`, { network });
