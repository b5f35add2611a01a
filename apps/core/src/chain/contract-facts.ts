import type { Bls } from '@fourmica/bls-cert';
import { guaranteeDomain } from '@fourmica/bls-cert';
import type { ContractGateway } from '@fourmica/contract-gateway';
import { type Bytes32, FourMicaError, type GuaranteeVersion } from '@fourmica/core-types';

/** What the contract demands of certificates, and its life times. */
export interface ContractFacts {
  /** Guarantee domain of each accepted version. */
  readonly domains: ReadonlyMap<GuaranteeVersion, Bytes32>;
  /** Life of a certificate in seconds; also the longest ttl of a tab. */
  readonly tabExpirationTime: bigint;
}

/**
 * Reads the contract and checks that it accepts the certificates that this core signs.
 *
 * @throws FourMicaError `GUARANTEE_VERSION_DISABLED`, `BLS_KEY_MISMATCH` or `GUARANTEE_DOMAIN_MISMATCH`.
 */
export async function readContractFacts(
  gateway: ContractGateway,
  bls: Bls,
  publicKey: Uint8Array,
  versions: readonly GuaranteeVersion[],
): Promise<ContractFacts> {
  const domains = new Map<GuaranteeVersion, Bytes32>();
  for (const version of versions) {
    const config = await gateway.getGuaranteeVersionConfig(version, { refresh: true });
    const context = { version, contractAddress: gateway.contractAddress };
    if (!config.enabled) {
      throw new FourMicaError(
        'GUARANTEE_VERSION_DISABLED',
        `the contract ${gateway.contractAddress} does not accept guarantee version ${version}; enable it there, or remove it from GUARANTEE_ACCEPTED_REQUEST_VERSIONS`,
        context,
      );
    }
    const expectedKey = bls.publicKeyToWords(publicKey);
    if (config.verificationKey.some((word, i) => word.toLowerCase() !== expectedKey[i]?.toLowerCase())) {
      throw new FourMicaError(
        'BLS_KEY_MISMATCH',
        `the contract ${gateway.contractAddress} accepts guarantee version ${version} of another key; check BLS_PRIVATE_KEY and ETHEREUM_CONTRACT_ADDRESS`,
        context,
      );
    }
    const expectedDomain = guaranteeDomain(version, gateway.chainId, gateway.contractAddress);
    if (config.domain.toLowerCase() !== expectedDomain.toLowerCase()) {
      throw new FourMicaError(
        'GUARANTEE_DOMAIN_MISMATCH',
        `the contract ${gateway.contractAddress} has domain ${config.domain} for guarantee version ${version}, expected ${expectedDomain}; configure the version again`,
        context,
      );
    }
    domains.set(version, expectedDomain);
  }
  const { tabExpirationTime } = await gateway.timing();
  return { domains, tabExpirationTime };
}
