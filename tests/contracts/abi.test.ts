import {
  core4MicaAbi,
  validationRegistryAbi,
  validationRegistryGuaranteeDecoderAbi,
} from '@fourmica/contracts/abi';
import { core4MicaArtifact, validationRegistryGuaranteeDecoderArtifact } from '@fourmica/contracts/artifacts';
import { Interface } from 'ethers';
import { describe, expect, it } from 'vitest';
import {
  DECODER_ERROR_SELECTORS,
  ERROR_SELECTORS,
  EVENT_TOPICS,
  FUNCTION_SELECTORS,
} from './support/abi-table.js';

const core = new Interface(core4MicaAbi);
const decoder = new Interface(validationRegistryGuaranteeDecoderAbi);

const fragments = (abi: Interface, type: string) =>
  abi.fragments.filter((fragment) => fragment.type === type);

const functionsOf = (abi: Interface) =>
  Object.fromEntries(
    fragments(abi, 'function').map((f) => [
      f.format('sighash'),
      abi.getFunction(f.format('sighash'))?.selector,
    ]),
  );
const errorsOf = (abi: Interface) =>
  Object.fromEntries(
    fragments(abi, 'error').map((f) => [f.format('sighash'), abi.getError(f.format('sighash'))?.selector]),
  );

describe('the ABI that existing clients use', () => {
  it('has exactly the known functions and the view that tells incremental remuneration', () => {
    expect(functionsOf(core)).toEqual({
      ...FUNCTION_SELECTORS,
      'remuneratedAmount(uint256)': core.getFunction('remuneratedAmount')?.selector,
    });
  });

  it('has exactly the known errors', () => {
    expect(errorsOf(core)).toEqual(ERROR_SELECTORS);
  });

  it('has exactly the known events, with the known indexed arguments', () => {
    const indexed = (name: string) =>
      core.getEvent(name)?.inputs.map((input) => input.format('sighash') + (input.indexed ? ' indexed' : ''));
    const events = fragments(core, 'event').map((f) => {
      const name = f.format('sighash').split('(')[0] ?? '';
      return [`${name}(${indexed(name)?.join(', ')})`, core.getEvent(name)?.topicHash];
    });
    expect(Object.fromEntries(events)).toEqual(EVENT_TOPICS);
  });

  it('has the decoder of version 2 with its errors', () => {
    expect(errorsOf(decoder)).toEqual(DECODER_ERROR_SELECTORS);
    expect(functionsOf(decoder)).toEqual({
      'decode(bytes)': '0xe5c5e9a3',
      'isTrustedValidationRegistry(address)': '0x3801467c',
    });
    expect(functionsOf(new Interface(validationRegistryAbi))).toEqual({
      'getValidationStatus(bytes32)': '0xff2febfc',
    });
  });

  it('names struct members and results as clients read them', () => {
    const results = (name: string) => core.getFunction(name)?.outputs.map((output) => output.name);
    const members = (name: string) => core.getFunction(name)?.outputs[0]?.components?.map((c) => c.name);
    const signature = core.getFunction('remunerate')?.inputs[1]?.components?.map(({ name }) => name);

    expect(signature).toEqual([
      'x_c0_a',
      'x_c0_b',
      'x_c1_a',
      'x_c1_b',
      'y_c0_a',
      'y_c0_b',
      'y_c1_a',
      'y_c1_b',
    ]);
    expect(results('GUARANTEE_VERIFICATION_KEY')).toEqual(['x_a', 'x_b', 'y_a', 'y_b']);
    expect(members('getGuaranteeVersionConfig')).toEqual(['x_a', 'x_b', 'y_a', 'y_b']);
    expect(results('getGuaranteeVersionConfig')).toEqual([
      'verificationKey',
      'domainSeparator',
      'decoder',
      'enabled',
    ]);
    expect(members('verifyAndDecodeGuarantee')).toEqual([
      'domain',
      'tabId',
      'reqId',
      'client',
      'recipient',
      'amount',
      'totalAmount',
      'asset',
      'timestamp',
      'version',
    ]);
    const user = ['assetCollateral', 'withdrawalRequestTimestamp', 'withdrawalRequestAmount'];
    expect(results('getUser(address)')).toEqual(user);
    expect(results('getUser(address,address)')).toEqual(user);
    expect(
      core.getFunction('getUserAllAssets')?.outputs[0]?.arrayChildren?.components?.map((c) => c.name),
    ).toEqual(['asset', 'collateral', 'withdrawalRequestTimestamp', 'withdrawalRequestAmount']);
    expect(results('getPaymentStatus')).toEqual(['paid', 'remunerated', 'asset']);
    expect(results('payments')).toEqual(['paid', 'remunerated', 'asset']);
    expect(results('withdrawalRequests')).toEqual(['timestamp', 'amount']);
  });

  it.each([core4MicaArtifact, validationRegistryGuaranteeDecoderArtifact])(
    '$contractName carries no path of the machine that compiled it',
    ({ bytecode }) => {
      // Metadata hashes depend on the path and content of every source file, comments included.
      expect(bytecode).not.toContain(Buffer.from('ipfs').toString('hex'));
      expect(bytecode).not.toContain(Buffer.from('solc').toString('hex'));
    },
  );
});
