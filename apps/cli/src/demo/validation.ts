import type { Bytes32 } from '@fourmica/core-types';
import { answerValidation, type Localnet, requestValidation } from '@fourmica/localnet';
import { id } from 'ethers';

const AGENT_ID = 7n;
const TAG = 'hard-finality';
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

/** Asks for the validation of the demo's job. */
export const requestJobValidation = (localnet: Localnet, requestHash: Bytes32): Promise<void> =>
  requestValidation(localnet, { requestHash, agentId: AGENT_ID });

/** Answers it, as the validator. */
export const answerJobValidation = (localnet: Localnet, requestHash: Bytes32, score: number): Promise<void> =>
  answerValidation(localnet, { requestHash, score, tag: TAG });
