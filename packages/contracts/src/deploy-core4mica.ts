import {
  type Address,
  type Bytes32,
  parseAddress,
  parseBytes32,
  ValidationError,
} from '@fourmica/core-types';
import { AbiCoder, Contract, Interface, keccak256, type Signer } from 'ethers';
import { accessManagerAbi, core4MicaAbi } from './abi.js';
import {
  accessManagerArtifact,
  type ContractArtifact,
  core4MicaArtifact,
  validationRegistryGuaranteeDecoderArtifact,
} from './artifacts.js';
import { ROLE_FUNCTIONS, ROLES } from './roles.js';
import { DEFAULT_RECEIPT_TIMEOUT_MS, deployArtifact, sendAndConfirm } from './transaction.js';

/** The time windows of the contract, in seconds. */
export interface TimingParameters {
  /** How long a payer can pay before the collateral can be taken; below `tabExpirationTime`. */
  readonly remunerationGracePeriod: bigint;
  /** The life of a certificate. */
  readonly tabExpirationTime: bigint;
  /** The time the operator has to notice a withdrawal request. */
  readonly synchronizationDelay: bigint;
  /** The wait for a withdrawal; above `synchronizationDelay + tabExpirationTime`. */
  readonly withdrawalGracePeriod: bigint;
}

/** Settings of {@link deployCore4Mica}. */
export interface DeployCore4MicaOptions {
  /** Pays for the deployment; needs a provider. */
  readonly signer: Signer;
  /** The operator's BLS public key as `x_a, x_b, y_a, y_b`, 32 bytes of hex each. */
  readonly verificationKey: readonly [string, string, string, string];
  /** Tokens that can be deposited from the start. */
  readonly stablecoins?: readonly string[];
  /** Without it: 14 days, 21 days, 6 hours, 22 days. */
  readonly timing?: TimingParameters;
  /** The account of the core, which records payments. */
  readonly operator: string;
  /** Who may change settings, pause and administer the roles; the signer unless given. */
  readonly governance?: string;
  /** Enables guarantee version 2 with validation by these registries. */
  readonly guaranteeV2?: { readonly trustedRegistries: readonly string[] };
  /** How long to wait for each receipt, in milliseconds; 60,000 unless given. */
  readonly receiptTimeoutMs?: number;
  /** The contract to deploy, for tests of contracts with the same constructor; Core4Mica unless given. */
  readonly artifact?: ContractArtifact;
}

/** Where {@link deployCore4Mica} put things. */
export interface Core4MicaDeployment {
  readonly contractAddress: string;
  /** The access manager. */
  readonly managerAddress: string;
  /** The block in which the contract was created: start reading events here. */
  readonly deployBlock: number;
  /** The decoder of guarantee version 2, when it was enabled. */
  readonly decoderAddress?: string;
}

/**
 * Deploys Core4Mica with its access manager, and the decoder of guarantee version 2 if asked for.
 *
 * All roles have no execution delay. Settings and roles are applied in one transaction, so that a deployment is either
 * complete or, for anybody but the signer, unusable. When `governance` is another account than the signer, the signer
 * keeps no rights.
 *
 * @throws ValidationError when an argument is malformed.
 * @throws DeploymentError when a transaction is refused, reverts or is not mined in time.
 */
export async function deployCore4Mica(options: DeployCore4MicaOptions): Promise<Core4MicaDeployment> {
  const { signer, artifact = core4MicaArtifact, receiptTimeoutMs = DEFAULT_RECEIPT_TIMEOUT_MS } = options;
  const plan = parseOptions(options);
  if (signer.provider === null) {
    throw new ValidationError('signer.provider', signer.provider, 'a signer connected to a provider');
  }
  const deployer = parseAddress(await signer.getAddress(), 'signer address');
  const { chainId } = await signer.provider.getNetwork();

  const manager = await deployArtifact(accessManagerArtifact, [deployer], signer, receiptTimeoutMs);
  const core = await deployArtifact(
    artifact,
    [manager.contractAddress, plan.verificationKey, plan.stablecoins],
    signer,
    receiptTimeoutMs,
  );
  const decoder =
    plan.trustedRegistries &&
    (await deployArtifact(
      validationRegistryGuaranteeDecoderArtifact,
      [plan.trustedRegistries],
      signer,
      receiptTimeoutMs,
    ));

  const settings = [];
  if (options.timing) settings.push(timingCall(options.timing));
  if (decoder) {
    const domain = guaranteeDomainV2(chainId, core.contractAddress);
    settings.push(
      core4Mica.encodeFunctionData('configureGuaranteeVersion', [
        2n,
        plan.verificationKey,
        domain,
        decoder.contractAddress,
        true,
      ]),
    );
  }
  const calls = [
    ...settings.map((data) => accessManager.encodeFunctionData('execute', [core.contractAddress, data])),
    ...roleCalls(core.contractAddress, plan.operator, plan.governance ?? deployer),
    ...(plan.governance === undefined || plan.governance === deployer
      ? []
      : [accessManager.encodeFunctionData('renounceRole', [ROLES.ADMIN, deployer])]),
  ];
  const managerContract = new Contract(manager.contractAddress, accessManager, signer);
  await sendAndConfirm(
    'apply settings and roles',
    core4Mica,
    () => managerContract.getFunction('multicall').send(calls),
    receiptTimeoutMs,
  );

  return {
    contractAddress: core.contractAddress,
    managerAddress: manager.contractAddress,
    deployBlock: core.deployBlock,
    ...(decoder === undefined ? {} : { decoderAddress: decoder.contractAddress }),
  };
}

const core4Mica = new Interface(core4MicaAbi);
const accessManager = new Interface(accessManagerAbi);

interface Plan {
  readonly verificationKey: readonly Bytes32[];
  readonly stablecoins: readonly Address[];
  readonly operator: Address;
  readonly governance: Address | undefined;
  readonly trustedRegistries: readonly Address[] | undefined;
}

function parseOptions(options: DeployCore4MicaOptions): Plan {
  const addresses = (values: readonly string[], field: string) =>
    values.map((value, index) => parseAddress(value, `${field}.${index}`));
  const { trustedRegistries } = options.guaranteeV2 ?? {};
  return {
    verificationKey: options.verificationKey.map((word, index) =>
      parseBytes32(word, `verificationKey.${index}`),
    ),
    stablecoins: addresses(options.stablecoins ?? [], 'stablecoins'),
    operator: parseAddress(options.operator, 'operator'),
    governance: options.governance === undefined ? undefined : parseAddress(options.governance, 'governance'),
    trustedRegistries: trustedRegistries && addresses(trustedRegistries, 'guaranteeV2.trustedRegistries'),
  };
}

const timingCall = (timing: TimingParameters) =>
  core4Mica.encodeFunctionData('setTimingParameters', [
    timing.remunerationGracePeriod,
    timing.tabExpirationTime,
    timing.synchronizationDelay,
    timing.withdrawalGracePeriod,
  ]);

/** Settings come before these calls: unassigned functions belong to the manager's admin, who is the deployer. */
function roleCalls(core: string, operator: Address, governance: Address): string[] {
  const assignments = ROLE_FUNCTIONS.map(({ role, functions }) =>
    accessManager.encodeFunctionData('setTargetFunctionRole', [
      core,
      functions.map((name) => core4Mica.getFunction(name)?.selector),
      role,
    ]),
  );
  const grants = [
    [ROLES.GOVERNANCE, governance],
    [ROLES.TREASURY, governance],
    [ROLES.GUARDIAN, governance],
    [ROLES.OPERATOR, operator],
    [ROLES.ADMIN, governance],
  ].map(([role, account]) => accessManager.encodeFunctionData('grantRole', [role, account, 0]));
  return [...assignments, ...grants];
}

const guaranteeDomainV2 = (chainId: bigint, core: string): string =>
  keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ['string', 'uint256', 'address'],
      ['4MICA_CORE_GUARANTEE_V2', chainId, core],
    ),
  );
