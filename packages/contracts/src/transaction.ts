import {
  ContractFactory,
  Interface,
  isError,
  type Signer,
  type TransactionReceipt,
  type TransactionResponse,
} from 'ethers';
import type { ContractArtifact } from './artifacts.js';
import { DeploymentError } from './errors.js';

/** Where a contract ended up. */
export interface Deployment {
  readonly contractAddress: string;
  /** The block of the deployment: nothing of interest happened at the address before. */
  readonly deployBlock: number;
}

/** How long to wait for a receipt unless told otherwise, in milliseconds. */
export const DEFAULT_RECEIPT_TIMEOUT_MS = 60_000;

/**
 * Sends one transaction and waits for its receipt.
 *
 * @throws DeploymentError when it is refused, reverts or is not mined in time.
 */
export async function sendAndConfirm(
  step: string,
  contract: Interface,
  send: () => Promise<TransactionResponse | null>,
  timeoutMs: number,
): Promise<TransactionReceipt> {
  const sent = await send().catch((cause: unknown) => {
    throw deploymentError(step, 'was refused', contract, cause);
  });
  if (sent === null) throw new DeploymentError(`${step}: the signer returned no transaction.`, { step });
  const receipt = await sent.wait(1, timeoutMs).catch((cause: unknown) => {
    const outcome = isError(cause, 'TIMEOUT') ? `was not mined within ${timeoutMs} ms` : 'failed';
    throw deploymentError(step, outcome, contract, cause, sent.hash);
  });
  if (receipt?.status !== 1) {
    throw new DeploymentError(`${step}: transaction ${sent.hash} failed. Nothing was deployed by it.`, {
      step,
      txHash: sent.hash,
    });
  }
  return receipt;
}

/** Deploys one contract and waits for its receipt. */
export async function deployArtifact(
  artifact: ContractArtifact,
  constructorArguments: readonly unknown[],
  signer: Signer,
  timeoutMs: number,
): Promise<Deployment> {
  const contract = new Interface(artifact.abi);
  const factory = new ContractFactory(contract, artifact.bytecode, signer);
  const send = async () => (await factory.deploy(...constructorArguments)).deploymentTransaction();
  const step = `deploy ${artifact.contractName}`;
  const receipt = await sendAndConfirm(step, contract, send, timeoutMs);
  if (receipt.contractAddress === null) {
    throw new DeploymentError(`${step}: the receipt names no contract.`, { step, txHash: receipt.hash });
  }
  return { contractAddress: receipt.contractAddress, deployBlock: receipt.blockNumber };
}

function deploymentError(
  step: string,
  outcome: string,
  contract: Interface,
  cause: unknown,
  txHash?: string,
) {
  const revert = revertOf(contract, cause);
  const reason = revert ?? shortReason(cause);
  return new DeploymentError(
    `${step}: the transaction ${outcome} (${reason}). Check the arguments and the signer's balance, then deploy again.`,
    { step, ...(txHash === undefined ? {} : { txHash }), ...(revert === undefined ? {} : { revert }) },
    { cause },
  );
}

/** The long message of ethers repeats the whole transaction, with the contract's code in it. */
function shortReason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return 'shortMessage' in cause ? String(cause.shortMessage) : cause.message;
}

function revertOf(contract: Interface, cause: unknown): string | undefined {
  if (!isError(cause, 'CALL_EXCEPTION') || cause.data === null) return undefined;
  const error = contract.parseError(cause.data);
  return error === null ? undefined : `${error.name}(${error.args.join(', ')})`;
}
