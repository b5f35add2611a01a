import { validationRegistryGuaranteeDecoderArtifact } from '@fourmica/contracts/artifacts';
import { id, keccak256, toUtf8Bytes, ZeroAddress, ZeroHash } from 'ethers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  certify,
  encodeClaims,
  encodeValidatedClaims,
  requestHash,
  subjectHash,
  type ValidatedClaims,
} from './support/certificates.js';
import { Chain } from './support/chain.js';
import type { Deployed } from './support/deployed.js';
import { deployFixture, ETH, type Fixture, OPERATOR_SECRET, REMUNERATION_GRACE } from './support/fixture.js';
import { expectRevert } from './support/reverts.js';
import { answer } from './support/validation.js';

const CHAIN_ID = 31_337n;
const TAG = 'hard-finality';
const EMPTY_TAG_HASH = keccak256('0x');
const tagHash = (tag: string) => keccak256(toUtf8Bytes(tag));

let chain: Chain;
let f: Fixture;
let decoder: Deployed;
let domain: string;
/** Trusted, but nobody lives there. */
let emptyRegistry: string;
let restore: () => Promise<void>;

beforeAll(async () => {
  chain = await Chain.start();
  f = await deployFixture(chain);
  domain = (await f.core.read('getGuaranteeVersionConfig', 2n))[1];
  emptyRegistry = chain.account(8);
  decoder = await chain.deploy(validationRegistryGuaranteeDecoderArtifact, [
    [f.registry.address, emptyRegistry, f.usdc.address],
  ]);
  restore = await chain.checkpoint();
});
beforeEach(() => restore());
afterAll(() => chain.stop());

/** Valid claims of version 2; hashes are canonical unless given. */
function policy(overrides: Partial<ValidatedClaims> = {}): ValidatedClaims {
  const base = {
    ...f.claims({ domain, version: 2n }),
    validationRegistryAddress: f.registry.address,
    validationChainId: CHAIN_ID,
    validatorAddress: chain.account(6),
    validatorAgentId: 99n,
    minValidationScore: 80n,
    jobHash: id('job'),
    requiredValidationTag: TAG,
    ...overrides,
  };
  const withSubject = { validationSubjectHash: subjectHash(base), ...base };
  return { validationRequestHash: requestHash(withSubject), ...withSubject };
}

const decode = (claims: ValidatedClaims) => decoder.read('decode', encodeValidatedClaims(claims));

interface Reply {
  readonly response?: bigint;
  readonly validator?: string;
  readonly agentId?: bigint;
  readonly tag?: string;
}

const reply = (claims: ValidatedClaims, given: Reply = {}) =>
  answer(chain, f.registry, {
    requestHash: claims.validationRequestHash,
    validator: claims.validatorAddress,
    agentId: claims.validatorAgentId,
    response: claims.minValidationScore,
    tag: claims.requiredValidationTag,
    ...given,
  });

describe('a version 2 certificate', () => {
  it('is decoded once the validator has answered well enough', async () => {
    const claims = policy({ amount: 7n, totalAmount: 9n, asset: f.usdc.address });
    await reply(claims);
    expect((await decode(claims))[0].toArray()).toEqual([
      domain,
      1n,
      0n,
      f.payer,
      f.recipient,
      7n,
      9n,
      f.usdc.address,
      f.start,
      2n,
    ]);
  });

  it('needs no tag when none is required', async () => {
    const claims = policy({ requiredValidationTag: '' });
    await reply(claims, { tag: 'anything' });
    await decode(claims);
  });

  it('is remunerated, and becomes worthless when the validator changes its mind (S-14)', async () => {
    await f.core.sendAs(f.payer, 'deposit', [], 500n);
    const claims = policy({ totalAmount: 300n });
    await reply(claims);
    const certificate = certify(2n, encodeValidatedClaims(claims), OPERATOR_SECRET);
    await chain.warpTo(f.start + REMUNERATION_GRACE);
    const undo = await chain.checkpoint();
    const receipt = await f.core.sendAs(f.outsider, 'remunerate', certificate);
    expect(f.core.eventsOf(receipt)).toEqual([['RecipientRemunerated', 1n, ETH, 300n]]);
    await undo();
    await f.registry.sendAs(claims.validatorAddress, 'validationResponse', [
      claims.validationRequestHash,
      79n,
      '',
      ZeroHash,
      TAG,
    ]);
    await expectRevert(
      f.core.callAs(f.outsider, 'remunerate', certificate),
      'ValidationScoreTooLow',
      79n,
      80n,
    );
  });

  it('is refused by the contract when it carries another version or domain', async () => {
    const verify = (claims: ValidatedClaims) =>
      f.core.read('verifyAndDecodeGuarantee', ...certify(2n, encodeValidatedClaims(claims), OPERATOR_SECRET));
    const foreign = policy({ domain: f.domain });
    await reply(foreign);
    await expectRevert(verify(foreign), 'InvalidGuaranteeDomain');
    await expectRevert(verify(policy({ version: 1n })), 'UnsupportedGuaranteeVersion', 1n);
  });

  it('does not fit the version 1 layout, nor the other way round', async () => {
    await expectRevert(decoder.read('decode', encodeClaims(f.claims())), 'no data');
    const inner = encodeValidatedClaims(policy());
    // Read as version 1, the timestamp stands where the version should be.
    await expectRevert(
      f.core.read('verifyAndDecodeGuarantee', ...certify(1n, inner, OPERATOR_SECRET)),
      'UnsupportedGuaranteeVersion',
      f.start,
    );
  });
});

describe('the first check that fails is reported', () => {
  // Each case has its own fault and those of all later checks.
  const WRONG_HASH = id('wrong');
  const OTHER = '0x00000000000000000000000000000000000000bb';

  it('1: version of the claims', async () => {
    const claims = policy({
      version: 3n,
      minValidationScore: 0n,
      validationChainId: 1n,
      validationRegistryAddress: OTHER,
      validationSubjectHash: WRONG_HASH,
      validationRequestHash: WRONG_HASH,
    });
    await expectRevert(decode(claims), 'UnsupportedGuaranteeVersion', 3n);
  });

  it.each([0n, 101n, 255n])('2: minimum score %s', async (minValidationScore) => {
    const claims = policy({
      minValidationScore,
      validationChainId: 1n,
      validationRegistryAddress: OTHER,
      validationSubjectHash: WRONG_HASH,
      validationRequestHash: WRONG_HASH,
    });
    await expectRevert(decode(claims), 'InvalidMinValidationScore', minValidationScore);
  });

  it.each([1n, 100n])('2: minimum score %s is possible', async (minValidationScore) => {
    const claims = policy({ minValidationScore });
    await reply(claims);
    await decode(claims);
  });

  it('3: chain of the validation', async () => {
    const claims = policy({
      validationChainId: 1n,
      validationRegistryAddress: OTHER,
      validationSubjectHash: WRONG_HASH,
      validationRequestHash: WRONG_HASH,
    });
    await expectRevert(decode(claims), 'InvalidValidationChainId', CHAIN_ID, 1n);
  });

  it('4: registry', async () => {
    const claims = policy({
      validationRegistryAddress: OTHER,
      validationSubjectHash: WRONG_HASH,
      validationRequestHash: WRONG_HASH,
    });
    await expectRevert(decode(claims), 'UntrustedValidationRegistry', OTHER);
    expect(await decoder.get('isTrustedValidationRegistry', OTHER)).toBe(false);
    expect(await decoder.get('isTrustedValidationRegistry', f.registry.address)).toBe(true);
  });

  it('5: subject hash', async () => {
    const claims = policy({ validationSubjectHash: WRONG_HASH, validationRequestHash: WRONG_HASH });
    await expectRevert(decode(claims), 'ValidationSubjectHashMismatch', subjectHash(claims), WRONG_HASH);
  });

  it('6: request hash', async () => {
    const claims = policy({ validationRequestHash: WRONG_HASH, validationRegistryAddress: emptyRegistry });
    await expectRevert(decode(claims), 'ValidationRequestHashMismatch', requestHash(claims), WRONG_HASH);
  });

  it.each([
    ['without code', () => emptyRegistry],
    ['that knows no such function', () => f.usdc.address],
  ])('7: a registry %s', async (_, registry) => {
    const claims = policy({ validationRegistryAddress: registry() });
    await expectRevert(decode(claims), 'ValidationLookupFailed', registry(), claims.validationRequestHash);
  });

  it('7: a registry whose answer is too short', async () => {
    // PUSH1 1, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN: answers a single word.
    await chain.setCode(emptyRegistry, '0x60015f5260205ff3');
    const claims = policy({ validationRegistryAddress: emptyRegistry });
    await expectRevert(decode(claims), 'ValidationLookupFailed', emptyRegistry, claims.validationRequestHash);
  });

  it('8: no answer yet', async () => {
    const claims = policy();
    await expectRevert(decode(claims), 'ValidationPending', claims.validationRequestHash);
    await f.registry.sendAs(f.payer, 'validationRequest', [OTHER, 1n, '', claims.validationRequestHash]);
    await expectRevert(decode(claims), 'ValidationPending', claims.validationRequestHash);
  });

  const wrong = { response: 79n, validator: OTHER, agentId: 98n, tag: 'soft' };

  it('9: score', async () => {
    const claims = policy();
    await reply(claims, wrong);
    await expectRevert(decode(claims), 'ValidationScoreTooLow', 79n, 80n);
  });

  it('10: validator', async () => {
    const claims = policy();
    await reply(claims, { ...wrong, response: 80n });
    await expectRevert(decode(claims), 'ValidationValidatorMismatch', claims.validatorAddress, OTHER);
  });

  it('11: agent', async () => {
    const claims = policy();
    await reply(claims, { agentId: 98n, tag: 'soft' });
    await expectRevert(decode(claims), 'ValidationAgentMismatch', 99n, 98n);
  });

  it.each(['soft', '', `${TAG} `])('12: tag "%s"', async (tag) => {
    const claims = policy();
    await reply(claims, { tag });
    const actual = tag === '' ? EMPTY_TAG_HASH : tagHash(tag);
    await expectRevert(decode(claims), 'ValidationTagMismatch', tagHash(TAG), actual);
  });
});

it('trusts nobody when no registry is named', async () => {
  const strict = await chain.deploy(validationRegistryGuaranteeDecoderArtifact, [[]]);
  expect(await strict.get('isTrustedValidationRegistry', ZeroAddress)).toBe(false);
  await expectRevert(
    strict.read('decode', encodeValidatedClaims(policy())),
    'UntrustedValidationRegistry',
    f.registry.address,
  );
});
