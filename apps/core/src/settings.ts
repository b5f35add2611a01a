import {
  type CorePublicParameters,
  type Eip712Domain,
  FourMicaError,
  type GuaranteeVersion,
  isLocalChain,
  VALIDATION_HASH_CANONICALIZATION_VERSION,
} from '@fourmica/core-types';
import type { Logger } from 'pino';
import type { ContractFacts } from './chain/contract-facts.js';
import {
  type CoreConfig,
  DEFAULT_CLOCK_TOLERANCE_SECS,
  DEFAULT_EIP712_NAME,
  DEFAULT_EIP712_VERSION,
} from './config/config.js';
import type { IssuingPolicy } from './domain/guarantee.js';

/**
 * Lists the guarantee versions that a core accepts, ascending.
 *
 * @throws FourMicaError `CONFIG_INVALID`
 */
export function acceptedVersionsOf(config: CoreConfig): readonly GuaranteeVersion[] {
  const versions = [...new Set(config.acceptedGuaranteeVersions ?? [1])].sort((a, b) => a - b);
  const known = versions.filter((version): version is GuaranteeVersion => version === 1 || version === 2);
  if (known.length === versions.length && known.length > 0) return known;
  throw new FourMicaError(
    'CONFIG_INVALID',
    `acceptedGuaranteeVersions: expected some of 1 and 2, got ${versions.join(', ') || 'none'}`,
    { versions },
  );
}

/** The limits that apply to a request now. */
export const issuingPolicyOf = (
  config: CoreConfig,
  versions: readonly GuaranteeVersion[],
  facts: ContractFacts,
): IssuingPolicy => ({
  chainId: config.chainId,
  acceptedVersions: versions,
  trustedValidationRegistries: config.trustedValidationRegistries ?? [],
  clockToleranceSeconds: BigInt(config.clockToleranceSecs ?? DEFAULT_CLOCK_TOLERANCE_SECS),
  firstClaimsMaxAgeSeconds:
    config.firstClaimsMaxAgeSecs === undefined ? undefined : BigInt(config.firstClaimsMaxAgeSecs),
  maxTtlSeconds: facts.tabExpirationTime,
});

/** The domain in which payers sign. */
export const eip712DomainOf = (config: CoreConfig): Eip712Domain => ({
  name: config.eip712Name ?? DEFAULT_EIP712_NAME,
  version: config.eip712Version ?? DEFAULT_EIP712_VERSION,
  chainId: config.chainId,
});

/** What the core tells everybody about itself. */
export function publicParametersOf(
  config: CoreConfig,
  publicKey: Uint8Array,
  versions: readonly GuaranteeVersion[],
  facts: ContractFacts,
): CorePublicParameters {
  const max = versions[versions.length - 1] ?? 1;
  const { name, version } = eip712DomainOf(config);
  return {
    publicKey,
    contractAddress: config.contractAddress,
    ethereumHttpRpcUrl: config.publicEthereumHttpRpcUrl,
    eip712Name: name,
    eip712Version: version,
    chainId: config.chainId,
    maxAcceptedGuaranteeVersion: max,
    acceptedGuaranteeVersions: versions,
    activeGuaranteeDomainSeparator: facts.domains.get(max),
    trustedValidationRegistries: config.trustedValidationRegistries ?? [],
    validationHashCanonicalizationVersion: VALIDATION_HASH_CANONICALIZATION_VERSION,
  };
}

/** Decides who sees certificates on this contract, and warns of a choice that endangers recipients. */
export function certificateVisibilityOf(
  config: CoreConfig,
  paysIncrementally: boolean,
  logger: Logger,
): 'strict' | 'open' {
  const { certificateVisibility } = config;
  if (certificateVisibility === 'auto') return paysIncrementally ? 'open' : 'strict';
  if (certificateVisibility === 'open' && !paysIncrementally) {
    logger.warn(
      'CERTIFICATE_VISIBILITY=open on a contract that pays a tab only once: a payer can close its tab with an early certificate',
    );
  }
  return certificateVisibility;
}

/** Warns of an operator's choice that lets everybody act without a login where money is real. */
export function warnOfAnonymousCallers({ authMode, chainId }: CoreConfig, logger: Logger): void {
  if (authMode === 'required' || isLocalChain(chainId)) return;
  logger.warn(
    { chainId: String(chainId) },
    'AUTH_MODE=optional: whoever reaches this core may open tabs, issue guarantees and read balances without a login',
  );
}
