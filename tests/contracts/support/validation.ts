import { testValidationRegistryArtifact } from '@fourmica/contracts/artifacts';
import type { Chain } from './chain.js';
import { Deployed } from './deployed.js';

/** What a validation request asks and how it was answered. */
export interface Answer {
  readonly requestHash: string;
  readonly validator: string;
  readonly agentId: bigint;
  readonly response: bigint;
  readonly tag: string;
}

/** Puts a registry at exactly that address, unless there is code already. */
export async function placeRegistry(chain: Chain, address: string): Promise<Deployed> {
  const template = await chain.deploy(testValidationRegistryArtifact);
  if ((await chain.codeAt(address)) === '0x')
    await chain.setCode(address, await chain.codeAt(template.address));
  return new Deployed(chain, address, template.abi);
}

/** Asks the validator and answers in its name. */
export async function answer(chain: Chain, registry: Deployed, given: Answer): Promise<void> {
  const { requestHash, validator, agentId, response, tag } = given;
  await registry.sendAs(chain.account(0), 'validationRequest', [validator, agentId, '', requestHash]);
  await chain.fund(validator);
  await registry.sendAs(validator, 'validationResponse', [requestHash, response, '', requestHash, tag]);
}
