import { decodeCertificateClaims, loadBls, signCertificate } from '@fourmica/bls-cert';
import { ContractError } from '@fourmica/contract-gateway';
import { core4MicaAbi } from '@fourmica/contracts/abi';
import { type Hex, hexToBytes } from '@fourmica/core-types';
import { Interface } from 'ethers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BLS_SECRET_KEY, startChain, type TestChain } from './support/chain.js';
import { startCore, type TestCore } from './support/core.js';
import { DATABASES, useDatabase } from './support/database.js';
import { get } from './support/http.js';
import { type Certificate, newRecipient, nowSeconds, Payer, readTab } from './support/payer.js';
import { callSeveralTimes } from './support/tokens.js';
import { until } from './support/wait.js';

const HOUR = 3_600;
/** The window of a certificate opens after one hour and closes after two. */
const TIMING = {
  remunerationGracePeriod: BigInt(HOUR),
  tabExpirationTime: BigInt(2 * HOUR),
  synchronizationDelay: 600n,
  withdrawalGracePeriod: BigInt(3 * HOUR),
};
const SAFETY_MARGIN = 600;

describe.each(DATABASES)('on %s', (kind) => {
  const database = useDatabase(kind);
  let chain: TestChain;
  let core: TestCore;

  beforeAll(async () => {
    chain = await startChain({ timing: TIMING });
    core = await startCore(chain, { database: database.config, expirySafetyMarginSecs: SAFETY_MARGIN });
  });

  afterEach(async () => {
    expect(await core.service.checkInvariants()).toEqual([]);
  });

  afterAll(async () => {
    await core?.service.close();
    await chain?.stop();
  });

  /** The chain's time only moves forward, so claims are dated back from the server's clock to the window wanted. */
  async function owingTab(amounts: readonly bigint[], collateral = 1_000n) {
    const payer = await Payer.withCollateral(chain, core.url, collateral);
    const recipient = newRecipient();
    const tab = await payer.openTab(core.url, recipient);
    const timestamp = nowSeconds();
    const certificates: Certificate[] = [];
    for (const [reqId, amount] of amounts.entries()) {
      const { body } = await payer.issue(core.url, { tabId: tab.id, reqId, amount, recipient, timestamp });
      certificates.push(body);
    }
    return { payer, recipient, tabId: tab.id, certificates, timestamp };
  }

  async function warpTo(time: bigint) {
    const now = BigInt((await chain.provider.getBlock('latest'))?.timestamp ?? 0);
    if (time > now) await chain.warp(Number(time - now));
  }

  async function remunerate(payer: Payer, certificate: Certificate | undefined) {
    if (certificate === undefined) throw new Error('no certificate');
    const bls = await loadBls();
    return payer.gateway.remunerate(
      `0x${certificate.claims}` as Hex,
      bls.signatureToWords(`0x${certificate.signature}`),
    );
  }

  const balanceOf = async (payer: Payer) => {
    const balance = await payer.balance(core.url);
    return { total: BigInt(balance?.total ?? 0), locked: BigInt(balance?.locked ?? 0) };
  };

  describe('a remuneration', () => {
    it('by the first small certificate keeps the rest locked until the last one takes it', async () => {
      const { payer, recipient, tabId, certificates, timestamp } = await owingTab([10n, 20n, 300n]);
      await warpTo(timestamp + TIMING.remunerationGracePeriod);

      await remunerate(payer, certificates[0]);
      await until(
        () => readTab(core.url, tabId),
        ({ remunerated_amount }) => remunerated_amount === '0xa',
        'the first remuneration',
      );
      expect(await readTab(core.url, tabId)).toMatchObject({
        settlement_status: 'REMUNERATED',
        paid_amount: '0x0',
      });
      expect(await balanceOf(payer)).toEqual({ total: 990n, locked: 320n });

      await remunerate(payer, certificates[2]);
      await until(
        () => readTab(core.url, tabId),
        ({ remunerated_amount }) => remunerated_amount === '0x14a',
        'the second remuneration',
      );
      expect(await balanceOf(payer)).toEqual({ total: 670n, locked: 0n });
      expect(await chain.provider.getBalance(recipient)).toBe(330n);
      await expect(remunerate(payer, certificates[1])).rejects.toThrow(ContractError);
      const { body } = await get<{ event_type: string; amount: string }[]>(
        `${core.url}/core/tabs/${tabId}/collateral-events`,
      );
      expect(body.map(({ event_type, amount }) => [event_type, amount])).toEqual([
        ['REMUNERATE', '0x140'],
        ['REMUNERATE', '0xa'],
      ]);
      expect(
        (await get<{ tab_id: string }[]>(`${core.url}/core/recipients/${recipient}/settled-tabs`)).body.map(
          ({ tab_id }) => tab_id,
        ),
      ).toEqual([tabId]);
    });

    it('S-4: after a part was paid takes only what is left', async () => {
      const { payer, recipient, tabId, certificates, timestamp } = await owingTab([100n, 200n]);
      await payer.gateway.payTabEth({ tabId, reqId: 0, amount: 120n, recipient });
      await until(
        () => readTab(core.url, tabId),
        ({ paid_amount }) => paid_amount === '0x78',
        'the counted payment',
      );
      await warpTo(timestamp + TIMING.remunerationGracePeriod);
      await remunerate(payer, certificates[1]);
      await until(
        () => readTab(core.url, tabId),
        ({ remunerated_amount }) => remunerated_amount === '0xb4',
        'the remuneration',
      );
      expect(await balanceOf(payer)).toEqual({ total: 820n, locked: 0n });
      expect(await chain.provider.getBalance(recipient)).toBe(300n);
    });
  });

  describe('a claim with a certificate that this ledger never issued', () => {
    it.each([
      ['by a direct call', false],
      ['through another contract', true],
    ])('%s: the collateral that is gone is gone in the ledger too', async (_, isWrapped) => {
      const { payer, certificates, timestamp } = await owingTab([10n]);
      const known = decodeCertificateClaims(hexToBytes(`0x${certificates[0]?.claims}`));
      const amount = 40n;
      const lost = { ...known, tabId: known.tabId ^ 1n, amount, totalAmount: amount };
      const certificate = await signCertificate(hexToBytes(BLS_SECRET_KEY), lost);
      await warpTo(timestamp + TIMING.remunerationGracePeriod);
      if (isWrapped) {
        const bls = await loadBls();
        const calldata = new Interface(core4MicaAbi).encodeFunctionData('remunerate', [
          certificate.claims,
          bls.signatureToWords(certificate.signature),
        ]);
        const wrapper = await chain.fundedWallet();
        await callSeveralTimes(chain.provider, wrapper.address, chain.contractAddress, calldata, 1, wrapper);
      } else {
        await remunerate(payer, {
          claims: certificate.claims.slice(2),
          signature: certificate.signature.slice(2),
        });
      }
      await until(
        () => balanceOf(payer),
        ({ total }) => total === 960n,
        'the smaller total',
      );
      expect(await balanceOf(payer)).toEqual({ total: 960n, locked: 10n });
    });
  });

  describe('an unpaid tab', () => {
    it('C-7: gives its lock back after the window and the margin, not before', async () => {
      const { payer, tabId, timestamp } = await owingTab([50n]);
      const end = timestamp + TIMING.tabExpirationTime;
      await warpTo(end + BigInt(SAFETY_MARGIN) - 60n);
      // The core has read the block of the warp once it knows a later deposit.
      await Payer.withCollateral(chain, core.url, 1n);
      expect(await balanceOf(payer)).toEqual({ total: 1_000n, locked: 50n });
      await warpTo(end + BigInt(SAFETY_MARGIN) + 60n);
      await until(
        () => readTab(core.url, tabId),
        ({ settlement_status }) => settlement_status === 'FAILED',
        'the released tab',
      );
      expect(await balanceOf(payer)).toEqual({ total: 1_000n, locked: 0n });
      const { body } = await get<{ event_type: string }[]>(
        `${core.url}/core/tabs/${tabId}/collateral-events`,
      );
      expect(body.map(({ event_type }) => event_type)).toEqual(['CANCEL_RESERVE']);
    });
  });
});
