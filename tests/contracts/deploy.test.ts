import { DeploymentError, deployCore4Mica, ROLE_FUNCTIONS, ROLES } from '@fourmica/contracts';
import { accessManagerArtifact, core4MicaArtifact } from '@fourmica/contracts/artifacts';
import { ValidationError } from '@fourmica/core-types';
import { loadVectors } from '@fourmica/test-vectors';
import { Interface, Wallet, ZeroAddress } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expandG1, INFINITY_G1, publicKeyWords } from './support/bls.js';
import { domainSeparator } from './support/certificates.js';
import { Chain } from './support/chain.js';
import { Deployed } from './support/deployed.js';
import { ETH, OPERATOR_SECRET } from './support/fixture.js';
import { expectRevert } from './support/reverts.js';

const key = publicKeyWords(OPERATOR_SECRET);

describe('deployment', () => {
  let chain: Chain;
  beforeAll(async () => {
    chain = await Chain.start({ chainId: 84_532 });
  });
  afterAll(() => chain.stop());

  const constructWith = (manager: string, verificationKey: readonly string[], tokens: string[] = []) =>
    chain.deploy(core4MicaArtifact, [manager, verificationKey, tokens]);
  const token = '0x00000000000000000000000000000000000000aa';

  it('derives the version 1 domain from label, chain and address', async () => {
    // The first contract of this well-known account on this chain; its domain is a published value.
    const core = await constructWith(token, key);
    expect(core.address).toBe('0x5FbDB2315678afecb367f032d93F642f64180aa3');
    expect(await core.get('guaranteeDomainSeparator')).toBe(
      '0x4d7fa08e2d37e90961160a0c3d9229028216fa7a2ede561f028c5ffec7228730',
    );
  });

  it('starts with version 1 enabled, the default windows and the given tokens', async () => {
    const data =
      core4MicaArtifact.bytecode +
      new Interface(core4MicaArtifact.abi).encodeDeploy([token, key, [token]]).slice(2);
    const receipt = await chain.send(chain.account(0), null, data);
    const core = new Deployed(chain, receipt.created, new Interface(core4MicaArtifact.abi));
    const domain = domainSeparator('4MICA_CORE_GUARANTEE_V1', 84_532n, core.address);

    expect(core.eventsOf(receipt)).toEqual([
      ['AuthorityUpdated', '0x00000000000000000000000000000000000000AA'],
      ['GuaranteeVersionUpdated', 1n, [...key], domain, ZeroAddress, true],
      ['StablecoinAssetUpdated', '0x00000000000000000000000000000000000000AA', true],
    ]);
    expect((await core.read('getGuaranteeVersionConfig', 1)).toArray(true)).toEqual([
      [...key],
      domain,
      ZeroAddress,
      true,
    ]);
    expect((await core.read('GUARANTEE_VERIFICATION_KEY')).toArray()).toEqual([...key]);
    expect(await core.get('INITIAL_GUARANTEE_VERSION')).toBe(1n);
    expect(await core.get('remunerationGracePeriod')).toBe(14n * 86_400n);
    expect(await core.get('tabExpirationTime')).toBe(21n * 86_400n);
    expect(await core.get('synchronizationDelay')).toBe(6n * 3_600n);
    expect(await core.get('withdrawalGracePeriod')).toBe(22n * 86_400n);
    expect(await core.get('paused')).toBe(false);
  });

  it('refuses a missing manager, the zero token and a repeated token', async () => {
    await expectRevert(constructWith(ZeroAddress, key), 'ZeroAddress');
    await expectRevert(constructWith(token, key, [ETH]), 'InvalidAsset', ZeroAddress);
    await expectRevert(
      constructWith(token, key, [token, chain.account(1), token]),
      'InvalidAsset',
      '0x00000000000000000000000000000000000000AA',
    );
  });

  describe('S-2: a key with which anybody could forge certificates', () => {
    it.each([
      ['infinity', INFINITY_G1],
      ['a point off the curve', [key[0], key[1], key[2], key[1]]],
      ['a coordinate that is no field element', [`0x${'ff'.repeat(32)}`, key[1], key[2], key[3]]],
      ...loadVectors('invalid-certificates')
        .vectors.filter(({ name }) => /^public-key-(plus-torsion|outside-subgroup)/.test(name))
        .map(({ name, publicKey }) => [name, expandG1(publicKey)] as const),
    ] as const)('refuses %s', async (_, verificationKey) => {
      await expectRevert(constructWith(token, verificationKey), 'IllegalValue');
    });
  });

  it('refuses a chain without the BLS12-381 precompiles, where nothing could be verified', async () => {
    const older = await Chain.start({ hardfork: 'cancun' });
    try {
      await expectRevert(older.deploy(core4MicaArtifact, [token, key, []]), 'IllegalValue');
    } finally {
      await older.stop();
    }
  });

  describe('the deploy helper', () => {
    it('gives governance and operator their roles and keeps none for the signer', async () => {
      const governance = chain.account(5);
      const operator = chain.account(6);
      const timing = {
        remunerationGracePeriod: 5n,
        tabExpirationTime: 20n,
        synchronizationDelay: 3n,
        withdrawalGracePeriod: 30n,
      };
      const deployment = await deployCore4Mica({
        signer: chain.wallet(0),
        verificationKey: key,
        operator,
        governance,
        timing,
        guaranteeV2: { trustedRegistries: [token] },
      });
      const core = new Deployed(chain, deployment.contractAddress, new Interface(core4MicaArtifact.abi));
      const manager = new Deployed(
        chain,
        deployment.managerAddress,
        new Interface(accessManagerArtifact.abi),
      );

      const holds = async (account: string) => {
        const roles = Object.entries(ROLES).map(async ([name, role]) => {
          const [isMember, delay] = await manager.read('hasRole', role, account);
          return isMember ? [`${name} after ${delay}`] : [];
        });
        return (await Promise.all(roles)).flat();
      };
      expect(await holds(chain.account(0))).toEqual([]);
      expect(await holds(operator)).toEqual(['OPERATOR after 0']);
      expect(await holds(governance)).toEqual([
        'ADMIN after 0',
        'GOVERNANCE after 0',
        'TREASURY after 0',
        'GUARDIAN after 0',
      ]);
      for (const { role, functions } of ROLE_FUNCTIONS) {
        for (const name of functions) {
          const selector = core.abi.getFunction(name)?.selector;
          expect(await manager.get('getTargetFunctionRole', core.address, selector), name).toBe(role);
        }
      }
      expect(await core.get('authority')).toBe(deployment.managerAddress);
      expect(await core.get('remunerationGracePeriod')).toBe(timing.remunerationGracePeriod);
      expect(await core.get('tabExpirationTime')).toBe(timing.tabExpirationTime);
      expect(await core.get('synchronizationDelay')).toBe(timing.synchronizationDelay);
      expect(await core.get('withdrawalGracePeriod')).toBe(timing.withdrawalGracePeriod);
      expect((await core.read('getGuaranteeVersionConfig', 2)).toArray(true)).toEqual([
        [...key],
        domainSeparator('4MICA_CORE_GUARANTEE_V2', 84_532n, core.address),
        deployment.decoderAddress,
        true,
      ]);
      const created = await chain.provider.getBlock(deployment.deployBlock);
      const atCreation = await chain.provider.getCode(core.address, deployment.deployBlock);
      const before = await chain.provider.getCode(core.address, deployment.deployBlock - 1);
      expect([created?.number, atCreation.length > 2, before]).toEqual([deployment.deployBlock, true, '0x']);
    });

    it('names the contract error when the chain refuses the arguments', async () => {
      const attempt = deployCore4Mica({
        signer: chain.wallet(0),
        verificationKey: INFINITY_G1,
        operator: chain.account(6),
      });
      await expect(attempt).rejects.toThrow(DeploymentError);
      await expect(attempt).rejects.toMatchObject({
        code: 'DEPLOYMENT_FAILED',
        context: { step: 'deploy Core4Mica', revert: 'IllegalValue()' },
      });
    });

    it('names the malformed argument before anything is sent', async () => {
      const valid = { signer: chain.wallet(0), verificationKey: key, operator: chain.account(6) };
      const nonce = await chain.provider.getTransactionCount(chain.account(0));
      const refused = [
        [{ ...valid, operator: '0x12' }, 'operator'],
        [{ ...valid, governance: 'me' }, 'governance'],
        [{ ...valid, stablecoins: [token, '0x'] }, 'stablecoins.1'],
        [{ ...valid, guaranteeV2: { trustedRegistries: [''] } }, 'guaranteeV2.trustedRegistries.0'],
        [{ ...valid, verificationKey: [key[0], key[1], '0x', key[3]] as const }, 'verificationKey.2'],
        [{ ...valid, signer: Wallet.createRandom() }, 'signer.provider'],
      ] as const;
      for (const [options, field] of refused) {
        const attempt = deployCore4Mica(options);
        await expect(attempt).rejects.toThrow(ValidationError);
        await expect(attempt).rejects.toMatchObject({ context: { field } });
      }
      expect(await chain.provider.getTransactionCount(chain.account(0))).toBe(nonce);
    });

    it('gives up when no block comes', async () => {
      await chain.rpc('evm_setAutomine', [false]);
      try {
        await expect(
          deployCore4Mica({
            signer: chain.wallet(7),
            verificationKey: key,
            operator: chain.account(6),
            receiptTimeoutMs: 300,
          }),
        ).rejects.toMatchObject({ code: 'DEPLOYMENT_FAILED', context: { step: 'deploy AccessManager' } });
      } finally {
        await chain.rpc('anvil_dropAllTransactions', []);
        await chain.rpc('evm_setAutomine', [true]);
      }
    });
  });
});
