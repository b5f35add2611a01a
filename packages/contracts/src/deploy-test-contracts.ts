import type { Signer } from 'ethers';
import { testUsdcArtifact, testUsdtArtifact, testValidationRegistryArtifact } from './artifacts.js';
import { DEFAULT_RECEIPT_TIMEOUT_MS, type Deployment, deployArtifact } from './transaction.js';

/** Settings of the helpers that deploy one contract. */
export interface DeployTestContractOptions {
  /** Pays for the deployment; needs a provider. */
  readonly signer: Signer;
  /** How long to wait for the receipt, in milliseconds; 60,000 unless given. */
  readonly receiptTimeoutMs?: number;
}

/** Settings of {@link deployTestToken}. */
export interface DeployTestTokenOptions extends DeployTestContractOptions {
  /** `usdc` is well-behaved; `usdt` returns nothing and changes an allowance only to or from zero. */
  readonly kind: 'usdc' | 'usdt';
}

const tokenArtifacts = { usdc: testUsdcArtifact, usdt: testUsdtArtifact };

/**
 * Deploys a token with six decimals that anybody may mint with `mint(address to, uint256 amount)`.
 *
 * @throws DeploymentError when the transaction is refused, reverts or is not mined in time.
 */
export const deployTestToken = (options: DeployTestTokenOptions): Promise<Deployment> =>
  deployArtifact(
    tokenArtifacts[options.kind],
    [],
    options.signer,
    options.receiptTimeoutMs ?? DEFAULT_RECEIPT_TIMEOUT_MS,
  );

/**
 * Deploys a small ERC-8004 validation registry in which anybody may ask any validator.
 *
 * @throws DeploymentError when the transaction is refused, reverts or is not mined in time.
 */
export const deployTestValidationRegistry = (options: DeployTestContractOptions): Promise<Deployment> =>
  deployArtifact(
    testValidationRegistryArtifact,
    [],
    options.signer,
    options.receiptTimeoutMs ?? DEFAULT_RECEIPT_TIMEOUT_MS,
  );
