import { deployCore4Mica } from '@fourmica/contracts';
import { core4MicaAbi } from '@fourmica/contracts/abi';
import { validationRegistryGuaranteeDecoderArtifact } from '@fourmica/contracts/artifacts';
import { type CertificateVector, loadVectors } from '@fourmica/test-vectors';
import { AbiCoder, getAddress, Interface, keccak256, ZeroAddress, ZeroHash } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expandG1, expandG2, type G1Words, type G2Words, publicKeyWords, sign } from './support/bls.js';
import { decodeValidatedClaims } from './support/certificates.js';
import { Chain } from './support/chain.js';
import { Deployed } from './support/deployed.js';
import { deployFixture, OPERATOR_SECRET } from './support/fixture.js';
import { describeRevert, expectRevert, revertOf } from './support/reverts.js';
import { answer, placeRegistry } from './support/validation.js';

const FIELD_PRIME =
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn;

/** A chain of one id with a contract whose key and domains can be chosen. */
class Verifier {
  private constructor(
    readonly chain: Chain,
    private readonly core: Deployed,
  ) {}

  static async start(chainId: bigint): Promise<Verifier> {
    const chain = await Chain.start({ chainId });
    const { contractAddress } = await deployCore4Mica({
      signer: chain.wallet(0),
      verificationKey: publicKeyWords(OPERATOR_SECRET),
      operator: chain.account(1),
    });
    return new Verifier(chain, new Deployed(chain, contractAddress, new Interface(core4MicaAbi)));
  }

  async configure(
    version: bigint,
    key: G1Words,
    domain: string,
    registries?: readonly string[],
  ): Promise<void> {
    const decoder =
      registries && (await this.chain.deploy(validationRegistryGuaranteeDecoderArtifact, [registries]));
    await this.core.sendAs(this.chain.account(0), 'configureGuaranteeVersion', [
      version,
      key,
      domain,
      decoder?.address ?? ZeroAddress,
      true,
    ]);
  }

  async verify(guarantee: string, signature: G2Words): Promise<unknown[]> {
    return (
      (await this.core.read('verifyAndDecodeGuarantee', guarantee, signature))[0] as { toArray(): unknown[] }
    ).toArray();
  }
}

describe.each(['31337', '84532', '1', '11155111', '18446744073709551615'])(
  'certificates of chain %s',
  (chainId) => {
    let verifier: Verifier;
    beforeAll(async () => {
      verifier = await Verifier.start(BigInt(chainId));
    });
    afterAll(() => verifier.chain.stop());

    const { vectors } = loadVectors('guarantee-certificates');
    const isHere = (vector: CertificateVector) => (vector.chainId ?? '31337') === chainId;

    it.each(vectors.filter(isHere))('$name is accepted and decoded', async (vector) => {
      const { claims } = vector;
      const key = vector.publicKeyWords as unknown as G1Words;
      expect(expandG2(vector.signature)).toEqual(vector.signatureWords);
      expect(expandG1(vector.publicKey)).toEqual(key);
      expect(sign(vector.encodedClaims, vector.blsSecretKey)).toEqual(vector.signatureWords);

      if (claims.version === 2) {
        await verifier.configure(2n, key, claims.domain, [claims.validationRegistryAddress]);
        await answer(verifier.chain, await placeRegistry(verifier.chain, claims.validationRegistryAddress), {
          requestHash: claims.validationRequestHash,
          validator: claims.validatorAddress,
          agentId: BigInt(claims.validatorAgentId),
          response: BigInt(claims.minValidationScore),
          tag: claims.requiredValidationTag,
        });
      } else {
        await verifier.configure(1n, key, claims.domain);
      }
      expect(await verifier.verify(vector.encodedClaims, vector.signatureWords)).toEqual([
        claims.domain,
        BigInt(claims.tabId),
        BigInt(claims.reqId),
        getAddress(claims.client),
        getAddress(claims.recipient),
        BigInt(claims.amount),
        BigInt(claims.totalAmount),
        getAddress(claims.asset),
        BigInt(claims.timestamp),
        BigInt(claims.version),
      ]);
    });
  },
);

describe.each(['x', 'z'])('certificates to be rejected in context %s', (name) => {
  const { contexts, controls, vectors } = loadVectors('invalid-certificates');
  const context = contexts[name];
  if (context === undefined) throw new Error(`no context ${name}`);
  let verifier: Verifier;
  beforeAll(async () => {
    verifier = await Verifier.start(BigInt(context.chainId));
  });
  afterAll(() => verifier.chain.stop());

  let configuredKey: G1Words | undefined;
  const put = async (entry: { claims: string; signature: string; publicKey: string }) => {
    const key = expandG1(entry.publicKey);
    const { trustedValidationRegistries: registries, domains } = context;
    if (key.join() !== configuredKey?.join()) {
      await verifier.configure(1n, key, domains.v1);
      await verifier.configure(2n, key, domains.v2, registries);
      configuredKey = key;
    }
    const undo = await verifier.chain.checkpoint();
    await answerIfAsked(verifier.chain, entry.claims, registries);
    try {
      return await verifier.verify(prefixed(entry.claims), expandG2(prefixed(entry.signature)));
    } finally {
      await undo();
    }
  };

  const rejected = vectors.flatMap((vector) =>
    vector.context === name && vector.onChain !== null
      ? [{ ...vector, outcome: outcomeHere(vector.name, vector.onChain) }]
      : [],
  );

  it.each(rejected)('$name: $outcome', async (vector) => {
    expect((await revertOf(put(vector)))[0]).toBe(vector.outcome);
  });

  it.each(controls.filter(({ context }) => context === name))('$name is accepted', async (control) => {
    expect((await put(control))[0]).toBe(
      control.name.startsWith('v2') ? context.domains.v2 : context.domains.v1,
    );
  });
});

const prefixed = (hex: string) => (/^0x/i.test(hex) ? hex : `0x${hex}`).toLowerCase();

/** The published outcome, except that this contract also compares the inner version with the outer one (S-12). */
function outcomeHere(name: string, published: string): string {
  if (/^v1-envelope-with-inner-version-2/.test(name)) return 'UnsupportedGuaranteeVersion';
  if (published === 'accepts') return 'success';
  const error = published.replace('reverts: ', '');
  return error === 'revert without data' ? 'no data' : error;
}

/** A passing validation for version 2 claims, so that nothing else can be the reason of a refusal. */
async function answerIfAsked(chain: Chain, claims: string, registries: readonly string[]): Promise<void> {
  const decoded = decodeValidatedClaims(prefixed(claims));
  if (decoded === undefined || !registries.includes(decoded.validationRegistryAddress)) return;
  await answer(chain, await placeRegistry(chain, decoded.validationRegistryAddress), {
    requestHash: decoded.validationRequestHash,
    validator: decoded.validatorAddress,
    agentId: decoded.validatorAgentId,
    response: 100n,
    tag: decoded.requiredValidationTag,
  });
}

describe('signature words', () => {
  let chain: Chain;
  beforeAll(async () => {
    chain = await Chain.start();
  });
  afterAll(() => chain.stop());

  const word = (value: bigint) => `0x${value.toString(16).padStart(64, '0')}`;

  it('are refused unless they are the one encoding of a point', async () => {
    const f = await deployFixture(chain);
    const [guarantee, signature] = f.certificate();
    const verify = (words: readonly string[]) => f.core.read('verifyAndDecodeGuarantee', guarantee, words);
    await verify(signature);

    const [high = '', low = ''] = signature;
    const shifted = (BigInt(high) << 256n) + BigInt(low) + FIELD_PRIME;
    const notReduced = [word(shifted >> 256n), word(shifted & (2n ** 256n - 1n)), ...signature.slice(2)];
    const dirtyPadding = [`0x01${high.slice(4)}`, ...signature.slice(1)];
    const swappedCoefficients = [...signature.slice(2, 4), ...signature.slice(0, 2), ...signature.slice(4)];
    const offCurve = [...signature.slice(0, 7), word(BigInt(signature[7] ?? '') ^ 1n)];
    for (const words of [
      notReduced,
      dirtyPadding,
      swappedCoefficients,
      offCurve,
      Array(8).fill(`0x${'ff'.repeat(32)}`),
    ]) {
      await expectRevert(verify(words), 'PairingFailed');
    }
    await expectRevert(verify(Array(8).fill(ZeroHash)), 'InvalidSignature');
  });

  it('at infinity are refused even if a key at infinity had got into the contract (S-2)', async () => {
    const f = await deployFixture(chain);
    const key = publicKeyWords(OPERATOR_SECRET);
    const slot = await slotOfKey(f.core.address, key);
    for (let i = 0n; i < 4n; i++) {
      await chain.rpc('anvil_setStorageAt', [f.core.address, word(slot + i), ZeroHash]);
    }
    expect((await f.core.read('GUARANTEE_VERIFICATION_KEY')).toArray()).toEqual(Array(4).fill(ZeroHash));
    const [guarantee] = f.certificate();
    await expectRevert(
      f.core.read('verifyAndDecodeGuarantee', guarantee, Array(8).fill(ZeroHash)),
      'InvalidSignature',
    );
  });

  /** The first storage word of the version 1 key: the mapping's entry for 1, whatever slot the mapping has. */
  async function slotOfKey(core: string, key: G1Words): Promise<bigint> {
    for (let mapping = 0; mapping < 32; mapping++) {
      const slot = keccak256(AbiCoder.defaultAbiCoder().encode(['uint256', 'uint256'], [1, mapping]));
      if ((await chain.provider.getStorage(core, slot)) === key[0]) return BigInt(slot);
    }
    throw new Error('the key was not found in storage');
  }

  it('are refused without reaching for gas or memory when the envelope claims a huge length', async () => {
    const f = await deployFixture(chain);
    const [, signature] = f.certificate();
    for (const length of [
      'ff'.repeat(32),
      `${'00'.repeat(24)}ffffffffffffffff`,
      `${'00'.repeat(28)}7fffffff`,
    ]) {
      const guarantee = `0x${'00'.repeat(31)}01${'00'.repeat(31)}40${length}`;
      const outcome = await revertOf(f.core.read('verifyAndDecodeGuarantee', guarantee, signature));
      expect([['no data'], ['Panic', 0x41n]]).toContainEqual(outcome);
    }
  });
});

it('reads reverts by name', () => {
  expect(describeRevert('0x4df45e2f')).toEqual(['PairingFailed']);
});
