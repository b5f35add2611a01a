import { type CertificateTrust, loadBls, VerificationError, verifyCertificate } from '@fourmica/bls-cert';
import type { ContractGateway, GuaranteeVersionConfig } from '@fourmica/contract-gateway';
import {
  type Address,
  type BLSCert,
  type Bytes32,
  bytesToHex,
  type CertificateClaims,
  type CorePublicParameters,
  type GuaranteeVersion,
} from '@fourmica/core-types';
import { ClientInitializationError } from './errors.js';

const KNOWN_VERSIONS: readonly GuaranteeVersion[] = [1, 2];

/** A new key or domain in the contract shows as one of these. */
const SIGNS_OF_A_CHANGED_CONTRACT: ReadonlySet<string> = new Set([
  'CERTIFICATE_SIGNATURE_INVALID',
  'CERTIFICATE_DOMAIN_MISMATCH',
  'CERTIFICATE_VERSION_UNSUPPORTED',
]);

/** Verifies certificates with the keys and domains that the contract holds, because only these count when money moves. */
export class GuaranteeTrust {
  readonly #gateway: ContractGateway;
  readonly #params: CorePublicParameters;

  constructor(gateway: ContractGateway, params: CorePublicParameters) {
    this.#gateway = gateway;
    this.#params = params;
  }

  /**
   * Verifies a certificate. When it does not fit what was known of the contract, that is read again once, because the
   * operator may have changed its key.
   *
   * @throws VerificationError with a `CERTIFICATE_…` code for the first check that fails.
   */
  async verify(certificate: BLSCert): Promise<CertificateClaims> {
    try {
      return await verifyCertificate(certificate, await this.#trust(false));
    } catch (error) {
      const mayBeOutdated = error instanceof VerificationError && SIGNS_OF_A_CHANGED_CONTRACT.has(error.code);
      if (!mayBeOutdated) throw error;
      return verifyCertificate(certificate, await this.#trust(true));
    }
  }

  async #trust(refresh: boolean): Promise<CertificateTrust> {
    const [bls, ...configs] = await Promise.all([
      loadBls(),
      ...KNOWN_VERSIONS.map((version) => this.#gateway.getGuaranteeVersionConfig(version, { refresh })),
    ]);
    const enabled = configs.filter((config) => config.enabled);
    const keys = new Map(
      enabled.map(({ version, verificationKey }) => [version, bls.publicKeyFromWords(verificationKey)]),
    );
    return {
      publicKey: (version) => {
        const key = keys.get(version);
        if (key !== undefined) return key;
        throw new VerificationError(
          'CERTIFICATE_VERSION_UNSUPPORTED',
          `certificate: the contract does not accept guarantee version ${version}`,
          { version },
        );
      },
      domains: Object.fromEntries(enabled.map(({ version, domain }) => [version, domain])),
      validationChainId: this.#params.chainId,
      trustedValidationRegistries: this.#params.trustedValidationRegistries,
    };
  }
}

/** Guarantee domains by version, as the contract holds them. */
export type GuaranteeDomains = ReadonlyMap<number, Bytes32>;

/**
 * Checks that the contract honours what the core issues: every accepted version is enabled, under the announced key,
 * and the newest one under the announced domain. With a wrong contract address all certificates would be worthless.
 *
 * @throws ClientInitializationError
 */
export async function checkContractHonoursCore(
  gateway: ContractGateway,
  params: CorePublicParameters,
  acceptedVersions: readonly number[],
): Promise<GuaranteeDomains> {
  const versions = acceptedVersions.filter((version) => KNOWN_VERSIONS.some((known) => known === version));
  if (versions.length === 0) {
    throw new ClientInitializationError(
      'GUARANTEE_VERSION_UNKNOWN',
      `the core accepts guarantee versions ${acceptedVersions.join(', ')}; this client knows ${KNOWN_VERSIONS.join(' and ')}`,
      { acceptedVersions },
    );
  }
  const [separator, ...configs] = await Promise.all([
    gateway.guaranteeDomainSeparator(),
    ...versions.map((version) => gateway.getGuaranteeVersionConfig(version)),
  ]);
  for (const config of configs) {
    checkVersion(config, params, gateway.contractAddress);
    if (config.version === 1 && config.domain !== separator) {
      throw domainMismatch(1, `the contract's guaranteeDomainSeparator is ${separator}`, config);
    }
  }
  return new Map(configs.map(({ version, domain }) => [version, domain]));
}

function checkVersion(
  config: GuaranteeVersionConfig,
  params: CorePublicParameters,
  contractAddress: Address,
): void {
  const { version } = config;
  if (!config.enabled) {
    throw new ClientInitializationError(
      'GUARANTEE_VERSION_DISABLED',
      `the core issues guarantees of version ${version}, which the contract ${contractAddress} does not accept`,
      { version },
    );
  }
  const announced = params.activeGuaranteeDomainSeparator;
  const isActive = version === params.maxAcceptedGuaranteeVersion;
  if (isActive && announced !== undefined && announced !== config.domain) {
    throw domainMismatch(version, `the core announces the guarantee domain ${announced}`, config);
  }
  if (!isSamePublicKey(params.publicKey, config)) {
    throw new ClientInitializationError(
      'VERIFICATION_KEY_MISMATCH',
      `the contract does not hold the key of the core for guarantee version ${version}, so that it would honour none of its certificates; check the contract address`,
      { version, announced: bytesToHex(params.publicKey) },
    );
  }
}

const domainMismatch = (
  version: number,
  finding: string,
  { domain }: GuaranteeVersionConfig,
): ClientInitializationError =>
  new ClientInitializationError(
    'GUARANTEE_DOMAIN_MISMATCH',
    `${finding}, the contract's configuration of version ${version} holds ${domain}; certificates would be worthless: check the contract address`,
    { version, onChain: domain },
  );

const FLAG_BITS = 0xe0;

/**
 * Compares the x coordinate of the compressed key with the contract's words. The sign of y is left to the verification
 * of certificates, which loads the BLS library; connecting does not.
 */
function isSamePublicKey(
  compressed: Uint8Array,
  { verificationKey: [high, low] }: GuaranteeVersionConfig,
): boolean {
  const x = Uint8Array.from(compressed);
  x[0] = (x[0] ?? 0) & ~FLAG_BITS;
  return bytesToHex(x) === `0x${high.slice(2 + 32)}${low.slice(2)}`;
}
