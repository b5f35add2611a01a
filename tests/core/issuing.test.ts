import { loadBls, verifyCertificate } from '@fourmica/bls-cert';
import { ETH_ASSET, encodeWith, hexToBytes, parseAddress, SignedClaimsSchema } from '@fourmica/core-types';
import { signRequestClaims } from '@fourmica/eip712-claims';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BLS_SECRET_KEY, startChain, type TestChain } from './support/chain.js';
import { MovableClock } from './support/clock.js';
import { startCore, type TestCore } from './support/core.js';
import { DATABASES, useDatabase } from './support/database.js';
import { get, post, postText } from './support/http.js';
import { EIP712_DOMAIN, newRecipient, nowSeconds, Payer, RECIPIENT, readTab } from './support/payer.js';

const ONE_DAY = 86_400;
const OTHER_RECIPIENT = parseAddress('0x1111111111111111111111111111111111111111');

describe.each(DATABASES)('on %s', (kind) => {
  const database = useDatabase(kind);
  let chain: TestChain;
  let core: TestCore;
  let payer: Payer;
  const clock = new MovableClock();

  beforeAll(async () => {
    chain = await startChain();
    const config = { database: database.config, maxChainViewAgeSecs: 100 * ONE_DAY };
    core = await startCore(chain, config, { clock });
    payer = await Payer.withCollateral(chain, core.url, 1_000n);
  });

  afterEach(async () => {
    expect(await core.service.checkInvariants()).toEqual([]);
  });

  afterAll(async () => {
    await core?.service.close();
    await chain?.stop();
  });

  const snapshot = async (tabId: string) => ({
    tab: await readTab(core.url, tabId),
    guarantees: (await get(`${core.url}/core/tabs/${tabId}/guarantees`)).body,
    balance: await payer.balance(core.url),
  });

  /** Runs a request that has to be refused, and shows that it changed nothing. */
  async function expectRefusal(
    tabId: string,
    send: () => Promise<{ status: number; body: unknown }>,
    status: number,
    error: string,
  ) {
    const before = await snapshot(tabId);
    expect(await send()).toEqual({ status, body: { error } });
    expect(await snapshot(tabId)).toEqual(before);
  }

  describe('issuing a guarantee', () => {
    it('locks the amount and returns a certificate over the running total', async () => {
      const recipient = newRecipient();
      const tab = await payer.openTab(core.url, recipient);
      expect(tab.next_req_id).toBe('0x0');
      const before = await payer.balance(core.url);
      const timestamp = nowSeconds();

      await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 3, recipient, timestamp });
      const { status, body } = await payer.issue(core.url, {
        tabId: tab.id,
        reqId: 1,
        amount: 4,
        recipient,
        timestamp,
      });

      expect(status).toBe(200);
      const bls = await loadBls();
      const { domain } = await (
        await chain.gatewayOf({ privateKey: payer.privateKey })
      ).getGuaranteeVersionConfig(1);
      const claims = await verifyCertificate(body, {
        publicKey: bls.publicKeyOf(hexToBytes(BLS_SECRET_KEY)),
        domains: { 1: domain },
      });
      expect(claims).toMatchObject({
        tabId: BigInt(tab.id),
        reqId: 1n,
        amount: 4n,
        totalAmount: 7n,
        timestamp,
      });
      const after = await payer.balance(core.url);
      expect(BigInt(after?.locked ?? 0) - BigInt(before?.locked ?? 0)).toBe(7n);
      expect(await readTab(core.url, tab.id)).toMatchObject({
        status: 'OPEN',
        settlement_status: 'PENDING',
        total_amount: '0x7',
        last_req_id: '0x1',
        start_timestamp: Number(timestamp),
      });
    });

    it('C-13: answers the same claims with the same certificate, however they are spelled, and adds no debt', async () => {
      const recipient = newRecipient();
      const tab = await payer.openTab(core.url, recipient);
      const parts = { tabId: tab.id, reqId: 0, amount: 5, recipient, timestamp: nowSeconds() };
      const first = await payer.issue(core.url, parts);
      const before = await snapshot(tab.id);

      const claims = payer.claims(parts);
      const { signature } = await signRequestClaims(
        payer.signer,
        { name: '4mica', version: '1', chainId: 31337n },
        claims,
        'eip191',
      );
      const respelled = {
        claims: {
          version: 'v1',
          user_address: payer.address.toLowerCase(),
          recipient_address: recipient.toUpperCase().replace('0X', '0x'),
          tab_id: BigInt(tab.id).toString(),
          req_id: '0x00',
          amount: 5,
          asset_address: ETH_ASSET,
          timestamp: Number(parts.timestamp),
        },
        signature: signature.slice(2).toUpperCase(),
        scheme: 'eip191',
      };
      const answers = await Promise.all([
        payer.issue(core.url, parts),
        post(`${core.url}/core/guarantees`, respelled),
        payer.issue(core.url, parts),
      ]);

      for (const answer of answers) expect(answer).toEqual(first);
      expect(await snapshot(tab.id)).toEqual(before);
    });

    it('refuses another content for a used reqId', async () => {
      const recipient = newRecipient();
      const tab = await payer.openTab(core.url, recipient);
      await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 5, recipient });
      await expectRefusal(
        tab.id,
        () => payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 6, recipient }),
        400,
        'another guarantee with req_id 0 already exists',
      );
    });

    it('C-1: refuses a skipped reqId, and asking for the tab again burns no id', async () => {
      const recipient = newRecipient();
      const tab = await payer.openTab(core.url, recipient);
      for (let i = 0; i < 3; i++) {
        expect(await payer.openTab(core.url, recipient)).toMatchObject({ id: tab.id, next_req_id: '0x0' });
      }
      await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 1, recipient });
      expect(await payer.openTab(core.url, recipient)).toMatchObject({ id: tab.id, next_req_id: '0x1' });
      await expectRefusal(
        tab.id,
        () => payer.issue(core.url, { tabId: tab.id, reqId: 2, amount: 1, recipient }),
        400,
        'req_id not valid',
      );
      await expectRefusal(
        tab.id,
        () => payer.issue(core.url, { tabId: tab.id, reqId: 10_000, amount: 1, recipient }),
        400,
        'req_id not valid',
      );
    });

    it('C-14: refuses the amount zero', async () => {
      const recipient = newRecipient();
      const tab = await payer.openTab(core.url, recipient);
      await expectRefusal(
        tab.id,
        async () =>
          post(`${core.url}/core/guarantees`, {
            claims: {
              version: 'v1',
              user_address: payer.address,
              recipient_address: recipient,
              tab_id: tab.id,
              req_id: '0x0',
              amount: '0x0',
              asset_address: ETH_ASSET,
              timestamp: Number(nowSeconds()),
            },
            signature: `0x${'11'.repeat(64)}1b`,
            scheme: 'eip712',
          }),
        400,
        'amount must be greater than zero',
      );
    });

    it('C-15: refuses a payer who is its own recipient', async () => {
      const answer = await post(`${core.url}/core/payment-tabs`, {
        user_address: payer.address,
        recipient_address: payer.address,
      });
      expect(answer).toEqual({ status: 400, body: { error: 'user and recipient must differ' } });
    });

    it('refuses what the free collateral does not cover', async () => {
      const recipient = newRecipient();
      const tab = await payer.openTab(core.url, recipient);
      await expectRefusal(
        tab.id,
        () => payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 1_001, recipient }),
        400,
        'Not enough free collateral',
      );
    });

    it('refuses an unknown tab with its id', async () => {
      expect(await payer.issue(core.url, { tabId: 0xabcn, reqId: 0, amount: 1 })).toEqual({
        status: 404,
        body: { error: '0xabc' },
      });
    });

    it('refuses a signature by another key', async () => {
      const recipient = newRecipient();
      const tab = await payer.openTab(core.url, recipient);
      const stranger = await Payer.create(chain);
      const claims = payer.claims({ tabId: tab.id, reqId: 0, amount: 1, recipient });
      const forged = await stranger.request({ tabId: tab.id, reqId: 0, amount: 1, recipient });
      const genuine = (await payer.request({ tabId: tab.id, reqId: 0, amount: 1, recipient })) as object;
      expect(claims.userAddress).toBe(payer.address);
      await expectRefusal(
        tab.id,
        () =>
          post(`${core.url}/core/guarantees`, {
            ...genuine,
            signature: (forged as { signature: string }).signature,
          }),
        400,
        'Invalid signature',
      );
    });

    it('P-1: refuses a signature for a core of another name or chain, and tabs have ids that no other core gives', async () => {
      const recipient = newRecipient();
      const recipients = [recipient, newRecipient(), newRecipient()];
      const tabs = await Promise.all(recipients.map((recipient) => payer.openTab(core.url, recipient)));
      const heads = tabs.map(({ id }) => BigInt(id) >> 128n);
      expect(new Set(heads).size).toBe(3);
      for (const head of heads) expect(head).toBeGreaterThan(2n ** 64n);

      const id = tabs[0]?.id ?? '';
      const claims = payer.claims({ tabId: id, reqId: 0, amount: 1, recipient });
      for (const domain of [
        { ...EIP712_DOMAIN, name: '4mica of others' },
        { ...EIP712_DOMAIN, chainId: EIP712_DOMAIN.chainId + 1n },
      ]) {
        const signed = { claims, ...(await signRequestClaims(payer.signer, domain, claims)) };
        const request = encodeWith(SignedClaimsSchema, signed, 'request');
        await expectRefusal(id, () => post(`${core.url}/core/guarantees`, request), 400, 'Invalid signature');
      }
    });

    it('C-18: refuses the malleable twin of a signature, and other malformed ones', async () => {
      const recipient = newRecipient();
      const tab = await payer.openTab(core.url, recipient);
      const genuine = (await payer.request({ tabId: tab.id, reqId: 0, amount: 1, recipient })) as {
        signature: string;
      };
      const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
      const r = genuine.signature.slice(2, 66);
      const s = BigInt(`0x${genuine.signature.slice(66, 130)}`);
      const twin = `0x${r}${(order - s).toString(16).padStart(64, '0')}${genuine.signature.endsWith('1b') ? '1c' : '1b'}`;
      const cases: [string, string][] = [
        [twin, 'Invalid signature'],
        ['0xzz', 'invalid hex signature'],
        ['0x1234', 'invalid signature length'],
        [`${genuine.signature.slice(0, 130)}25`, 'invalid signature length'],
      ];
      for (const [signature, error] of cases) {
        await expectRefusal(
          tab.id,
          () => post(`${core.url}/core/guarantees`, { ...genuine, signature }),
          400,
          error,
        );
      }
    });

    it('C-17: refuses claims from the future beyond five seconds', async () => {
      const recipient = newRecipient();
      const tab = await payer.openTab(core.url, recipient);
      await expectRefusal(
        tab.id,
        () =>
          payer.issue(core.url, {
            tabId: tab.id,
            reqId: 0,
            amount: 1,
            recipient,
            timestamp: nowSeconds() + 60n,
          }),
        400,
        'timestamp is in the future',
      );
      const within = await payer.issue(core.url, {
        tabId: tab.id,
        reqId: 0,
        amount: 1,
        recipient,
        timestamp: nowSeconds() + 3n,
      });
      expect(within.status).toBe(200);
    });

    it('C-16: refuses claims from before the window of the tab', async () => {
      const recipient = newRecipient();
      const tab = await payer.openTab(core.url, recipient);
      const timestamp = nowSeconds();
      await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 1, recipient, timestamp });
      await expectRefusal(
        tab.id,
        () =>
          payer.issue(core.url, {
            tabId: tab.id,
            reqId: 1,
            amount: 1,
            recipient,
            timestamp: timestamp - 10n,
          }),
        400,
        'start timestamp modified',
      );
    });

    it('refuses claims that differ from their tab', async () => {
      const recipient = newRecipient();
      const tab = await payer.openTab(core.url, recipient);
      const other = await Payer.withCollateral(chain, core.url, 10n);
      await expectRefusal(
        tab.id,
        () => other.issue(core.url, { tabId: tab.id, reqId: 0, amount: 1, recipient }),
        400,
        'User address does not match tab',
      );
      await expectRefusal(
        tab.id,
        () => payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 1, recipient: OTHER_RECIPIENT }),
        400,
        'Recipient address does not match tab',
      );
      await expectRefusal(
        tab.id,
        () =>
          payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 1, recipient, asset: OTHER_RECIPIENT }),
        400,
        'Invalid asset address',
      );
    });

    it('C-40: closes a tab by the passing of time, used or not, and opens another', async () => {
      const recipient = newRecipient();
      const unusedRecipient = newRecipient();
      const tab = await payer.openTab(core.url, recipient, 60);
      const unused = await payer.openTab(core.url, unusedRecipient, 60);
      await payer.issue(core.url, { tabId: tab.id, reqId: 0, amount: 1, recipient });
      clock.advance(70);
      try {
        const timestamp = nowSeconds() + 70n;
        for (const [id, to, reqId] of [
          [tab.id, recipient, 1],
          [unused.id, unusedRecipient, 0],
        ] as const) {
          expect(await readTab(core.url, id)).toMatchObject({
            status: 'CLOSED',
            settlement_status: 'PENDING',
          });
          await expectRefusal(
            id,
            () => payer.issue(core.url, { tabId: id, reqId, amount: 1, recipient: to, timestamp }),
            409,
            'tab already closed',
          );
        }
        const next = await payer.openTab(core.url, recipient, 60);
        expect(next.id).not.toBe(tab.id);
        expect(next.next_req_id).toBe('0x0');
      } finally {
        clock.advance(-70);
      }
    });
  });

  describe('opening a tab', () => {
    it('refuses a payer without deposit', async () => {
      const stranger = await Payer.create(chain);
      const answer = await post(`${core.url}/core/payment-tabs`, {
        user_address: stranger.address,
        recipient_address: RECIPIENT,
      });
      expect(answer).toEqual({ status: 400, body: { error: 'user not registered' } });
    });

    it('refuses ttls that are zero or longer than certificates live', async () => {
      const request = { user_address: payer.address, recipient_address: newRecipient() };
      const max = 21 * ONE_DAY;
      expect(await post(`${core.url}/core/payment-tabs`, { ...request, ttl: 0 })).toEqual({
        status: 400,
        body: { error: 'Invalid tab TTL' },
      });
      expect(await post(`${core.url}/core/payment-tabs`, { ...request, ttl: max + 1 })).toEqual({
        status: 400,
        body: { error: `tab ttl exceeds tab expiration time (ttl=${max + 1}, max=${max})` },
      });
      expect((await post(`${core.url}/core/payment-tabs`, { ...request, ttl: max })).status).toBe(200);
    });

    it('refuses a guarantee version that is not accepted', async () => {
      const request = {
        user_address: payer.address,
        recipient_address: newRecipient(),
        guarantee_version: 2,
      };
      expect(await post(`${core.url}/core/payment-tabs`, request)).toEqual({
        status: 400,
        body: { error: 'guarantee version 2 is not accepted by core' },
      });
    });

    it('C-19: answers malformed addresses with 400', async () => {
      const request = { user_address: payer.address, recipient_address: RECIPIENT };
      for (const [field, error] of [
        ['user_address', 'invalid user address'],
        ['recipient_address', 'invalid recipient address'],
        ['erc20_token', 'invalid asset address'],
      ] as const) {
        expect(await post(`${core.url}/core/payment-tabs`, { ...request, [field]: '0x12' })).toEqual({
          status: 400,
          body: { error },
        });
      }
    });

    it('opens one tab for many requests at once', async () => {
      const recipient = newRecipient();
      const tabs = await Promise.all(Array.from({ length: 16 }, () => payer.openTab(core.url, recipient)));
      expect(new Set(tabs.map(({ id }) => id)).size).toBe(1);
    });
  });

  describe('C-43: errors of the framework', () => {
    const url = () => `${core.url}/core/guarantees`;

    it('answers a body that is no JSON with 400', async () => {
      const { status, body } = await postText(url(), '{"claims":');
      expect(status).toBe(400);
      expect(body.error).toMatch(/^malformed JSON/);
    });

    it('answers duplicate keys with 400', async () => {
      const { status, body } = await postText(url(), '{"scheme":"eip712","scheme":"eip712"}');
      expect(status).toBe(400);
      expect(body.error).toMatch(/repeated/);
    });

    it('answers another content type with 415', async () => {
      const { status, body } = await postText(url(), '{}', 'text/plain');
      expect(status).toBe(415);
      expect(body.error).toMatch(/application\/json/);
    });

    it('answers a missing body with 415', async () => {
      const response = await fetch(url(), { method: 'POST' });
      expect(response.status).toBe(415);
    });

    it('answers a body above two mebibytes with 413', async () => {
      const { status, body } = await postText(url(), JSON.stringify({ pad: 'x'.repeat(2 * 1024 * 1024) }));
      expect(status).toBe(413);
      expect(body.error).toBe('request body is too large');
    });

    it('answers a wrong shape with 422 and the path of the member', async () => {
      const tab = await payer.openTab(core.url, newRecipient());
      const good = (await payer.request({ tabId: tab.id, reqId: 0, amount: 1 })) as { claims: object };
      const cases: [unknown, RegExp][] = [
        [{}, /body\.claims/],
        [{ ...good, scheme: 'eip1' }, /body\.scheme/],
        [{ ...good, signature: 5 }, /body\.signature/],
        [{ ...good, claims: { ...good.claims, amount: true } }, /body\.claims\.amount/],
        [{ ...good, claims: { ...good.claims, memo: 'x' } }, /memo/],
        [{ ...good, claims: { ...good.claims, version: 1 } }, /version/],
      ];
      for (const [request, path] of cases) {
        const { status, body } = await post(url(), request);
        expect([status, body.error]).toEqual([422, expect.stringMatching(path)]);
      }
    });

    it('answers unknown paths with 404 and known ones with another method with 405', async () => {
      expect(await get(`${core.url}/nothing`)).toEqual({ status: 404, body: { error: 'not found' } });
      expect(await get(url())).toEqual({ status: 405, body: { error: 'method not allowed' } });
    });
  });

  describe('C-42: numbers', () => {
    it('refuses lenient spellings and accepts decimal, hex and safe integers', async () => {
      const recipient = newRecipient();
      const tab = await payer.openTab(core.url, recipient);
      const good = (await payer.request({ tabId: tab.id, reqId: 0, amount: 1, recipient })) as {
        claims: object;
      };
      for (const amount of [
        '',
        '0x',
        '0o7',
        '0b1',
        '1_0',
        '-1',
        '1.0',
        '1e3',
        ' 1',
        '٣',
        `0x1${'0'.repeat(64)}`,
      ]) {
        const { status, body } = await post(`${core.url}/core/guarantees`, {
          ...good,
          claims: { ...good.claims, amount },
        });
        expect([amount, status, body.error]).toEqual([
          amount,
          400,
          expect.stringContaining('body.claims.amount'),
        ]);
      }
      const { status, body } = await get(`${core.url}/core/tabs/0b1`);
      expect([status, body.error]).toEqual([400, expect.stringMatching(/^invalid 256-bit value 0b1/)]);
    });
  });
});
