import { loadBls, verifyCertificate } from '@fourmica/bls-cert';
import type { ContractError } from '@fourmica/contract-gateway';
import { deployTestValidationRegistry } from '@fourmica/contracts';
import { testValidationRegistryAbi } from '@fourmica/contracts/abi';
import {
  type Address,
  encodeWith,
  type Hex,
  hexToBytes,
  parseAddress,
  type RequestClaimsV2,
  SignedClaimsSchema,
} from '@fourmica/core-types';
import { createValidatedRequestClaims } from '@fourmica/eip712-claims';
import { Contract, type Wallet } from 'ethers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BLS_SECRET_KEY, CHAIN_ID, startChain, type TestChain } from './support/chain.js';
import { startCore, type TestCore } from './support/core.js';
import { DATABASES, useDatabase } from './support/database.js';
import { get, post } from './support/http.js';
import { nowSeconds, Payer, RECIPIENT, readTab } from './support/payer.js';
import { until } from './support/wait.js';

const HOUR = 3_600n;
describe.each(DATABASES)('on %s', (kind) => {
  const database = useDatabase(kind);
  let chain: TestChain;
  let core: TestCore;
  let registry: Address;
  let validator: Wallet;
  let payer: Payer;

  beforeAll(async () => {
    chain = await startChain(async (signer) => {
      registry = parseAddress((await deployTestValidationRegistry({ signer })).contractAddress);
      return {
        guaranteeV2: { trustedRegistries: [registry] },
        timing: {
          remunerationGracePeriod: HOUR,
          tabExpirationTime: 2n * HOUR,
          synchronizationDelay: 600n,
          withdrawalGracePeriod: 3n * HOUR,
        },
      };
    });
    validator = await chain.fundedWallet();
    core = await startCore(chain, {
      acceptedGuaranteeVersions: [1, 2],
      trustedValidationRegistries: [registry],
      database: database.config,
    });
    payer = await Payer.withCollateral(chain, core.url, 1_000n);
  });

  afterEach(async () => {
    expect(await core.service.checkInvariants()).toEqual([]);
  });

  afterAll(async () => {
    await core?.service.close();
    await chain?.stop();
  });

  const openTab = (version = 2) =>
    payer.openTab(core.url, RECIPIENT, undefined, { guarantee_version: version });

  function claimsFor(
    tabId: string,
    reqId: number,
    policy: { registry?: Address; chainId?: bigint } = {},
  ): RequestClaimsV2 {
    return createValidatedRequestClaims(
      {
        userAddress: payer.address,
        recipientAddress: RECIPIENT,
        tabId,
        reqId,
        amount: 50,
        timestamp: nowSeconds(),
      },
      {
        validationRegistryAddress: policy.registry ?? registry,
        validationChainId: policy.chainId ?? CHAIN_ID,
        validatorAddress: validator.address,
        validatorAgentId: 7,
        minValidationScore: 80,
        jobHash: `0x${'33'.repeat(32)}`,
        requiredValidationTag: 'hard-finality',
      },
    );
  }

  const send = async (claims: RequestClaimsV2) =>
    post<{ claims: string; signature: string; error?: string }>(
      `${core.url}/core/guarantees`,
      encodeWith(SignedClaimsSchema, await payer.signed(claims), 'request'),
    );

  describe('guarantee version 2', () => {
    it('is offered in the public parameters', async () => {
      const { body } = await get(`${core.url}/core/public-params`);
      expect(body).toMatchObject({
        max_accepted_guarantee_version: 2,
        accepted_guarantee_versions: [1, 2],
        trusted_validation_registries: [registry],
        validation_hash_canonicalization_version: '4MICA_VALIDATION_REQUEST_V2',
      });
    });

    it('issues a certificate with the policy, which the contract pays once the validation passed', async () => {
      const tab = await openTab();
      const claims = claimsFor(tab.id, 0);
      const { status, body } = await send(claims);
      expect([status, body.error]).toEqual([200, undefined]);
      const bls = await loadBls();
      const { domain } = await payer.gateway.getGuaranteeVersionConfig(2);
      const certificate = await verifyCertificate(body, {
        publicKey: bls.publicKeyOf(hexToBytes(BLS_SECRET_KEY)),
        domains: { 2: domain },
      });
      expect(certificate).toMatchObject({
        version: 2,
        totalAmount: 50n,
        validationRequestHash: claims.validationRequestHash,
        requiredValidationTag: 'hard-finality',
      });
      expect(await send(claims)).toEqual({ status, body });

      const now = BigInt((await chain.provider.getBlock('latest'))?.timestamp ?? 0);
      await chain.warp(Number(claims.timestamp + HOUR - now));
      const remunerate = () =>
        payer.gateway.remunerate(`0x${body.claims}` as Hex, bls.signatureToWords(`0x${body.signature}`));
      await expect(remunerate()).rejects.toMatchObject({ errorName: 'ValidationPending' } as ContractError);
      const contract = new Contract(registry, testValidationRegistryAbi, validator);
      const hash = claims.validationRequestHash;
      await (await contract.getFunction('validationRequest').send(validator.address, 7, '', hash)).wait();
      const zero = `0x${'00'.repeat(32)}`;
      await (
        await contract.getFunction('validationResponse').send(hash, 90, '', zero, 'hard-finality')
      ).wait();
      await remunerate();
      await until(
        () => readTab(core.url, tab.id),
        ({ settlement_status }) => settlement_status === 'REMUNERATED',
        'the remuneration',
      );
      expect(await payer.balance(core.url)).toMatchObject({ total: '0x3b6', locked: '0x0' });
    });

    it('keeps tabs of both versions apart', async () => {
      const first = await openTab(1);
      const second = await openTab(2);
      expect(first.id).not.toBe(second.id);
      expect(await send(claimsFor(first.id, 0))).toEqual({
        status: 400,
        body: { error: `tab ${first.id} only accepts guarantee version 1, got 2` },
      });
      expect(await payer.issue(core.url, { tabId: second.id, reqId: 0, amount: 1 })).toEqual({
        status: 400,
        body: { error: `tab ${second.id} only accepts guarantee version 2, got 1` },
      });
    });

    it('refuses policies that do not bind the payment, each with its text', async () => {
      const tab = await openTab();
      const good = claimsFor(tab.id, 0);
      const other = `0x${'44'.repeat(32)}` as Hex;
      const cases: [Partial<RequestClaimsV2>, string][] = [
        [{ jobHash: `0x${'00'.repeat(32)}` }, 'job_hash must be provided for V2 validation policy'],
        [
          { validationSubjectHash: other },
          'validation_subject_hash is not canonical for the payment intent fields',
        ],
        [{ amount: 51n }, 'validation_subject_hash is not canonical for the payment intent fields'],
        [{ minValidationScore: 0 }, 'min_validation_score must be between 1 and 100'],
        [
          { validationRequestHash: other },
          'validation_request_hash is not canonical for the validation policy fields',
        ],
      ];
      // No wallet of ours would sign these, so they carry the signature of the good one; the policy is checked first.
      const signed = await payer.signed(good);
      for (const [change, error] of cases) {
        const request = encodeWith(
          SignedClaimsSchema,
          { ...signed, claims: { ...good, ...change } },
          'request',
        );
        expect(await post(`${core.url}/core/guarantees`, request)).toEqual({ status: 400, body: { error } });
      }
      expect(await readTab(core.url, tab.id)).toMatchObject({ status: 'PENDING', total_amount: '0x0' });
    });

    it('refuses registries that are not trusted and validations on another chain', async () => {
      const tab = await openTab();
      expect(await send(claimsFor(tab.id, 0, { registry: RECIPIENT }))).toEqual({
        status: 400,
        body: { error: `validation registry ${RECIPIENT} is not trusted` },
      });
      expect(await send(claimsFor(tab.id, 0, { chainId: 1n }))).toEqual({
        status: 400,
        body: { error: 'validation_chain_id 1 must match core chain_id 31337' },
      });
    });
  });
});
