import { testValidationRegistryAbi } from '@fourmica/contracts/abi';
import type { Bytes32 } from '@fourmica/core-types';
import { Contract, JsonRpcProvider, Wallet, ZeroHash } from 'ethers';
import type { Localnet } from './localnet.js';

/** More than an answer ever needs: an estimate is too low when the answer falls into the block of the one before. */
const GAS_LIMIT = 300_000n;

/** Asks the registry of a local network for a validation by its validator, as the agent that did the work. */
export const requestValidation = (
  localnet: Localnet,
  { requestHash, agentId }: { readonly requestHash: Bytes32; readonly agentId: bigint },
): Promise<void> =>
  callRegistry(localnet, 'validationRequest', [
    localnet.accounts.validator.address,
    agentId,
    '',
    requestHash,
  ]);

/** Answers a validation request as the validator of a local network, with a score of 0 to 100. */
export const answerValidation = (
  localnet: Localnet,
  {
    requestHash,
    score,
    tag,
  }: { readonly requestHash: Bytes32; readonly score: number; readonly tag: string },
): Promise<void> => callRegistry(localnet, 'validationResponse', [requestHash, score, '', ZeroHash, tag]);

async function callRegistry(localnet: Localnet, method: string, args: readonly unknown[]): Promise<void> {
  const node = new JsonRpcProvider(localnet.rpcUrl, localnet.chainId, {
    staticNetwork: true,
    pollingInterval: 100,
  });
  try {
    const validator = new Wallet(localnet.accounts.validator.privateKey, node);
    const registry = new Contract(localnet.validationRegistry, testValidationRegistryAbi, validator);
    const sent = await registry.getFunction(method).send(...args, { gasLimit: GAS_LIMIT });
    await sent.wait();
  } finally {
    node.destroy();
  }
}
