import { CoreClient } from '@fourmica/rpc-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get, post, postText } from './support/http.js';
import { NETWORK, startNetwork, type TestNetwork } from './support/network.js';
import {
  bodyOf,
  type ClaimParts,
  claimsOf,
  headerOf,
  openTab,
  PRICE,
  payerWithCollateral,
  RECIPIENT,
  requirementsV1,
  signedBy,
  type TestPayer,
} from './support/payer.js';

const COLLATERAL = 10_000n;
const JSON_TYPE = { 'content-type': 'application/json' };

let network: TestNetwork;
let facilitator: string;
let core: CoreClient;

beforeAll(async () => {
  network = await startNetwork();
  facilitator = await network.startFacilitator();
  core = new CoreClient({ baseUrl: network.coreUrl });
});
afterAll(() => network?.stop());

/** A payer with a tab, and a function that signs the next payment of it. */
async function payerWithTab() {
  const payer = await payerWithCollateral(network, COLLATERAL);
  const tab = await openTab(facilitator, payer);
  const tabId = tab.tabId as string;
  const signed = (parts: Partial<ClaimParts> = {}) =>
    signedBy(payer, claimsOf(payer, { tabId, reqId: 0, ...parts }));
  return { payer, tab, tabId, signed };
}

const verify = (body: unknown) => post(`${facilitator}/verify`, body);
const settle = (body: unknown) => post(`${facilitator}/settle`, body);

/** Nothing may have changed: no guarantee, nothing locked. */
async function expectUntouched(payer: TestPayer, tabId: string): Promise<void> {
  expect(await core.getTabGuarantees(tabId)).toEqual([]);
  expect(await core.getUserAssetBalance(payer.address, `0x${'00'.repeat(20)}`)).toMatchObject({ locked: 0n });
}

describe('information', () => {
  it('lists every network as CAIP-2, and for version 1 under its short name', async () => {
    const { body } = await get(`${facilitator}/supported`);
    expect(body).toEqual({
      kinds: [
        { scheme: '4mica-credit', network: NETWORK, x402Version: 1 },
        { scheme: '4mica-credit', network: 'localnet', x402Version: 1 },
      ],
      extensions: [],
      signers: {},
    });
    expect((await get(`${facilitator}/health`)).body).toEqual({ status: 'ok' });
    expect((await get(facilitator)).body).toMatchObject({ health: '/health', supported: body.kinds });
  });
});

describe('/tabs', () => {
  it('F-4: opens an ETH tab when no token is named', async () => {
    const payer = await payerWithCollateral(network, COLLATERAL);
    expect(await openTab(facilitator, payer)).toMatchObject({
      assetAddress: `0x${'00'.repeat(20)}`,
      nextReqId: '0x0',
    });
  });

  it('F-5: answers the real start and life of the tab, also of one that was opened before', async () => {
    const payer = await payerWithCollateral(network, COLLATERAL);
    const request = {
      user_address: payer.address,
      recipient_address: RECIPIENT,
      network: 'localnet',
      ttl_seconds: 1234,
    };
    const first = await post(`${facilitator}/tabs`, request);
    const again = await post(`${facilitator}/tabs`, { ...request, ttl_seconds: undefined });
    const tab = await core.getTab(String(first.body.tabId));
    expect(first.body).toMatchObject({
      ttlSeconds: 1234,
      startTimestamp: tab?.startTimestamp,
      network: 'localnet',
    });
    expect(again.body).toMatchObject({
      tabId: first.body.tabId,
      ttlSeconds: 1234,
      startTimestamp: tab?.startTimestamp,
    });
  });

  it.each([
    [{ network: 'eip155' }, 'network must be in CAIP-2 format (namespace:reference)'],
    [{ network: 'EIP155:1' }, 'network namespace must be lowercase alphanumeric'],
    [{ network: 'eip155:a b' }, "network reference must be alphanumeric or one of '-', '_', '.'"],
    [{ network: 'eip155:1' }, 'unsupported network eip155:1'],
    [{ guaranteeVersion: 1, x402Version: 2 }, 'guaranteeVersion 1 does not match x402Version 2'],
    [{ guaranteeVersion: 256 }, 'unsupported guaranteeVersion 256'],
    [{ userAddress: '0x12' }, 'userAddress: expected an address: 0x and 40 hex digits, got "0x12"'],
    [{ ttlSeconds: -1 }, 'ttlSeconds: expected an unsigned 64-bit integer (decimal or 0x hex), got -1'],
  ])('refuses %j', async (wrong, error) => {
    const request = { userAddress: RECIPIENT, recipientAddress: RECIPIENT, network: NETWORK, ...wrong };
    expect(await post(`${facilitator}/tabs`, request)).toEqual({ status: 400, body: { error } });
  });

  it("passes the core's status and words on", async () => {
    const request = { userAddress: `0x${'12'.repeat(20)}`, recipientAddress: RECIPIENT };
    expect(await post(`${facilitator}/tabs`, request)).toEqual({
      status: 400,
      body: { error: 'user not registered' },
    });
  });
});

describe('/verify', () => {
  it('accepts a good payment, again and again, and changes nothing', async () => {
    const { payer, tabId, signed } = await payerWithTab();
    const body = bodyOf(await signed());
    const expected = { isValid: true, invalidReason: null, payer: payer.address };
    expect(await verify(body)).toEqual({ status: 200, body: expected });
    expect((await verify(body)).body).toEqual(expected);
    await expectUntouched(payer, tabId);
  });

  it('F-3: accepts the header alone, and both when they agree', async () => {
    const { signed } = await payerWithTab();
    const payment = await signed();
    const { paymentPayload, ...rest } = bodyOf(payment);
    expect((await verify({ ...rest, paymentHeader: headerOf(payment) })).body).toMatchObject({
      isValid: true,
    });
    const both = { ...rest, paymentPayload, paymentHeader: headerOf(payment) };
    expect((await verify(both)).body).toMatchObject({ isValid: true });
    const other = headerOf(await signed({ reqId: 1 }));
    expect((await verify({ ...both, paymentHeader: other })).body).toEqual({
      isValid: false,
      invalidReason: 'paymentHeader does not match paymentPayload',
    });
    expect((await verify(rest)).body).toMatchObject({
      invalidReason: 'paymentHeader or paymentPayload is required',
    });
    expect((await verify({ ...rest, paymentHeader: '%' })).body.invalidReason).toMatch(
      /^failed to base64 decode payment header: /,
    );
    expect((await verify({ ...rest, paymentHeader: btoa('{') })).body.invalidReason).toMatch(
      /^failed to deserialize payment header: /,
    );
  });

  it('F-1: refuses a signature of somebody else', async () => {
    const { payer, tabId, signed } = await payerWithTab();
    const stranger = await payerWithCollateral(network, 1n);
    const { claims } = await signed();
    const forged = { ...(await signedBy(stranger, { ...claims, userAddress: stranger.address })), claims };
    expect((await verify(bodyOf(forged))).body).toEqual({
      isValid: false,
      invalidReason: 'Invalid signature',
    });
    expect((await settle(bodyOf(forged))).body).toMatchObject({ success: false, error: 'Invalid signature' });
    await expectUntouched(payer, tabId);
  });

  it('F-1: refuses an unknown tab, a tab of another payer, skipped reqIds, old claims and a lack of collateral', async () => {
    const { payer, tabId, signed } = await payerWithTab();
    const reasonOf = async (payment: Awaited<ReturnType<typeof signed>>, requirements = requirementsV1()) =>
      (await verify(bodyOf(payment, requirements))).body.invalidReason;
    expect(await reasonOf(await signed({ tabId: 42n }))).toBe('0x2a');
    const other = await payerWithTab();
    expect(await reasonOf(await signed({ tabId: other.tabId }))).toBe('User address does not match tab');
    expect(await reasonOf(await signed({ reqId: 64 }))).toBe('req_id not valid');
    expect(await reasonOf(await signed({ timestamp: Math.floor(Date.now() / 1000) + 60 }))).toBe(
      'timestamp is in the future',
    );
    expect(await reasonOf(await signed({ timestamp: Math.floor(Date.now() / 1000) - 90_000 }))).toBe(
      'tab already closed',
    );
    const tooMuch = COLLATERAL + 1n;
    expect(
      await reasonOf(
        await signed({ amount: tooMuch }),
        requirementsV1({ maxAmountRequired: tooMuch.toString() }),
      ),
    ).toBe('Not enough free collateral');
    await expectUntouched(payer, tabId);
  });

  it('F-1: counts payments that are under way on the same collateral', async () => {
    const { signed } = await payerWithTab();
    const half = (COLLATERAL / 2n).toString();
    const requirements = requirementsV1({ maxAmountRequired: half });
    const reasons = [];
    for (const reqId of [0, 1, 2]) {
      const { body } = await verify(bodyOf(await signed({ reqId, amount: half }), requirements));
      reasons.push(body.invalidReason);
    }
    expect(reasons).toEqual([null, null, 'Not enough free collateral']);
  });

  it.each([
    [{ maxAmountRequired: '999' }, `claim amount ${PRICE} does not match maxAmountRequired 999`],
    [{ maxAmountRequired: '' }, 'maxAmountRequired cannot be empty'],
    [{ maxAmountRequired: '1e3' }, /^invalid decimal amount: /],
    [{ maxAmountRequired: '0xzz' }, /^invalid hex amount: /],
    [{ payTo: '0x12' }, 'invalid payTo address'],
    [
      { payTo: `0x${'22'.repeat(20)}` },
      `claim recipient ${RECIPIENT} does not match payTo 0x${'22'.repeat(20)}`,
    ],
    [{ asset: 'USDC' }, 'invalid asset address'],
    [
      { asset: `0x${'33'.repeat(20)}` },
      `claim asset 0x${'00'.repeat(20)} does not match requirement 0x${'33'.repeat(20)}`,
    ],
    [{ scheme: 'exact' }, 'unsupported scheme exact'],
    [{ network: 'eip155:1' }, 'unsupported network eip155:1'],
  ])('refuses requirements with %j', async (wrong, reason) => {
    const { signed } = await payerWithTab();
    const { body } = await verify(bodyOf(await signed(), requirementsV1(wrong)));
    expect(body.isValid).toBe(false);
    expect(body.invalidReason).toEqual(reason instanceof RegExp ? expect.stringMatching(reason) : reason);
  });

  it('refuses what is no payment request', async () => {
    const { signed } = await payerWithTab();
    const good = bodyOf(await signed());
    const reasonOf = async (body: unknown) => (await verify(body)).body.invalidReason;
    expect(await reasonOf([])).toBe('body: expected a JSON object');
    expect(await reasonOf({ ...good, paymentRequirements: 1 })).toBe(
      'paymentRequirements: expected an object',
    );
    expect(await reasonOf({ ...good, x402Version: 2 })).toBe(
      'x402Version 2 does not match paymentPayload x402Version 1',
    );
    const payload = good.paymentPayload;
    const inner = payload.payload as Record<string, unknown>;
    const withClaim = (claim: object) => ({
      ...good,
      paymentPayload: {
        ...payload,
        payload: { ...inner, claims: { ...(inner.claims as object), ...claim } },
      },
    });
    expect(await reasonOf({ ...good, paymentPayload: { ...payload, x402Version: 3 }, x402Version: 3 })).toBe(
      'unsupported x402Version 3',
    );
    expect(
      await reasonOf({ ...good, paymentPayload: { ...payload, payload: { ...inner, signature: ' ' } } }),
    ).toBe('signature cannot be empty');
    expect(
      await reasonOf({ ...good, paymentPayload: { ...payload, payload: { ...inner, signature: '0x12' } } }),
    ).toBe('invalid signature length');
    expect(
      await reasonOf({ ...good, paymentPayload: { ...payload, payload: { ...inner, signature: '0xzz' } } }),
    ).toBe('invalid hex signature');
    expect(await reasonOf(withClaim({ recipient_address: '0x12' }))).toBe(
      'invalid recipient address in claims',
    );
    expect(await reasonOf(withClaim({ asset_address: '0x12' }))).toBe('invalid asset address in claims');
    expect(await reasonOf(withClaim({ surprise: 1 }))).toContain('surprise');
    expect(await reasonOf(withClaim({ amount: '0' }))).toBe('claim amount is zero');
    expect(await reasonOf(withClaim({ version: 1 }))).toContain('version');
  });
});

describe('/settle', () => {
  it('returns a certificate in both dialects, and the same one again without new debt', async () => {
    const { payer, tabId, signed } = await payerWithTab();
    const payment = await signed();
    const first = await settle(bodyOf(payment));
    const certificate = expect.objectContaining({ claims: expect.stringMatching(/^0x[0-9a-f]{832}$/) });
    const now = Number(payment.claims.timestamp);
    expect(first).toEqual({
      status: 200,
      body: {
        success: true,
        error: null,
        payer: payer.address,
        transaction: '',
        txHash: null,
        network: NETWORK,
        networkId: NETWORK,
        certificate,
        extra: {
          certificate,
          tabId,
          reqId: '0x0',
          repayment: {
            tabId,
            reqId: '0x0',
            totalAmount: PRICE.toString(),
            asset: `0x${'00'.repeat(20)}`,
            recipient: RECIPIENT,
            payBefore: now + 14 * 86_400,
            memo: `tab_id:${tabId};req_id:0x0`,
          },
          certificateVisibility: 'open',
        },
      },
    });
    const upperCase = {
      ...payment,
      signature: payment.signature.toUpperCase().replace('0X', '0x') as `0x${string}`,
    };
    expect((await settle(bodyOf(upperCase))).body).toEqual(first.body);
    expect((await verify(bodyOf(payment))).body).toMatchObject({
      isValid: true,
      extra: { alreadyIssued: true },
    });
    expect(await core.getTab(tabId)).toMatchObject({ totalAmount: PRICE, lastReqId: 0n });
  });

  it('refuses another payment for a used reqId', async () => {
    const { tabId, signed } = await payerWithTab();
    await settle(bodyOf(await signed()));
    const other = bodyOf(await signed({ amount: 5 }), requirementsV1({ maxAmountRequired: '5' }));
    const reason = 'another guarantee with req_id 0 already exists';
    expect((await verify(other)).body).toEqual({ isValid: false, invalidReason: reason });
    expect((await settle(other)).body).toMatchObject({ success: false, error: reason, errorReason: reason });
    expect(await core.getTab(tabId)).toMatchObject({ totalAmount: PRICE, lastReqId: 0n });
  });

  it('settles payments of one tab that arrive at the same time in the wrong order', async () => {
    const { tabId, signed } = await payerWithTab();
    // Claims from before those of the first reqId are refused, also when they are a moment older.
    const timestamp = Math.floor(Date.now() / 1000);
    const payments = await Promise.all([3, 2, 1, 0].map((reqId) => signed({ reqId, timestamp })));
    const answers = await Promise.all(payments.map((payment) => settle(bodyOf(payment))));
    expect(answers.map(({ body }) => body.success)).toEqual([true, true, true, true]);
    expect(await core.getTab(tabId)).toMatchObject({ totalAmount: 4n * PRICE, lastReqId: 3n });
  });

  it('F-7: names the network of the request in failures, in its own spelling', async () => {
    const { signed } = await payerWithTab();
    const payment = await signed();
    for (const name of ['eip155:1', 'localnet']) {
      const { body } = await settle(
        bodyOf(payment, requirementsV1({ network: name, maxAmountRequired: '1' })),
      );
      expect(body).toMatchObject({
        success: false,
        network: name,
        networkId: name,
        transaction: '',
        txHash: null,
      });
    }
  });
});

describe('hostile bodies', () => {
  it.each(['/tabs', '/verify', '/settle'])('are refused with JSON on %s', async (path) => {
    const url = facilitator + path;
    expect(await postText(url, '{"a":', JSON_TYPE)).toMatchObject({
      status: 400,
      body: { error: expect.any(String) },
    });
    expect(await postText(url, '{"a":1,"a":2}', JSON_TYPE)).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('repeated') },
    });
    expect(await postText(url, '['.repeat(100) + ']'.repeat(100), JSON_TYPE)).toMatchObject({ status: 400 });
    expect(await postText(url, `"${'x'.repeat(70_000)}"`, JSON_TYPE)).toMatchObject({
      status: 413,
      body: { error: expect.any(String) },
    });
    expect(await postText(url, '{}', { 'content-type': 'text/plain' })).toMatchObject({
      status: 415,
      body: { error: expect.any(String) },
    });
    expect(await get(url)).toMatchObject({ status: 405, body: { error: expect.any(String) } });
  });
});
