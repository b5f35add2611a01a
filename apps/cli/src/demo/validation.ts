import { testValidationRegistryAbi } from '@fourmica/contracts/abi';
import type { Bytes32 } from '@fourmica/core-types';
import type { Localnet } from '@fourmica/localnet';
import { Contract, id, JsonRpcProvider, Wallet, ZeroHash } from 'ethers';

const AGENT_ID = 7n;
const TAG = 'hard-finality';
/** More than an answer ever needs: an estimate is too low when the answer falls into the block of the one before. */
const GAS_LIMIT = 300_000n;
/** Score that the validated route demands, of 100. */
export const MIN_SCORE = 80;

/** The validation that has to pass before the price of the validated route can be claimed. */
export const validationOf = ({ accounts, validationRegistry }: Localnet) => ({
  validationRegistryAddress: validationRegistry,
  validatorAddress: accounts.validator.address,
  validatorAgentId: AGENT_ID.toString(),
  minValidationScore: MIN_SCORE,
  jobHash: id('the job of the demo'),
  requiredValidationTag: TAG,
});

/** Asks the registry for a validation, as the agent that did the work. */
export const requestValidation = (localnet: Localnet, requestHash: Bytes32): Promise<void> =>
  callRegistry(localnet, 'validationRequest', [
    localnet.accounts.validator.address,
    AGENT_ID,
    '',
    requestHash,
  ]);

/** Answers a validation request, as the validator. */
export const answerValidation = (localnet: Localnet, requestHash: Bytes32, score: number): Promise<void> =>
  callRegistry(localnet, 'validationResponse', [requestHash, score, '', ZeroHash, TAG]);

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
