import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ContractGateway } from '@fourmica/contract-gateway';
import { ETH_ASSET } from '@fourmica/core-types';
import { LocalAccountSigner } from '@fourmica/eip712-claims';
import { type Localnet, startLocalnet } from '@fourmica/localnet';
import { CoreClient } from '@fourmica/rpc-client';
import { createPayer, payingFetch, X402Flow, X402PaymentRequired } from '@fourmica/x402/client';
import { paymentMiddleware as ownMiddleware } from '@fourmica/x402/express';
import { register4MicaCredit } from '@fourmica/x402/official/client';
import { CreditFacilitatorClient, create4MicaCreditServer } from '@fourmica/x402/official/server';
import { createPaymentGate, createTabEndpoint, MemoryCertificateStore } from '@fourmica/x402/server';
import { x402Client } from '@x402/core/client';
import { HTTPFacilitatorClient, x402ResourceServer } from '@x402/core/server';
import type { PaymentPayload, PaymentRequirements } from '@x402/core/types';
import { paymentMiddleware as officialMiddleware } from '@x402/express';
import { decodePaymentResponseHeader, wrapFetchWithPayment } from '@x402/fetch';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const PRICE = 1_000n;
const NETWORK = 'eip155:31337';

let localnet: Localnet;
let core: CoreClient;
const servers: Server[] = [];
const store = new MemoryCertificateStore();

beforeAll(async () => {
  localnet = await startLocalnet();
  core = new CoreClient({ baseUrl: localnet.coreUrl });
  const { payer } = localnet.accounts;
  const gateway = await ContractGateway.connect({
    rpcUrl: localnet.rpcUrl,
    privateKey: payer.privateKey,
    contractAddress: localnet.contractAddress,
    expectedChainId: 31337n,
    receipt: { pollingIntervalMs: 50 },
  });
  await gateway.deposit(10n ** 18n);
  gateway.close();
  await vi.waitFor(
    async () => expect(await core.getUserAssetBalance(payer.address, ETH_ASSET)).not.toBeNull(),
    {
      timeout: 60_000,
    },
  );
});
afterAll(async () => {
  for (const server of servers) server.close();
  await localnet?.stop();
});

async function listen(app: express.Express): Promise<string> {
  // Node would end idle connections after five seconds, just when a slow client uses them again.
  const server = createServer({ keepAliveTimeout: 240_000 }, app);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const offer = () => ({ network: NETWORK, payTo: localnet.accounts.recipient.address, price: PRICE });

/** An API of the official packages with our scheme. */
async function officialApi(): Promise<string> {
  const app = express();
  const openTab = createTabEndpoint({ facilitator: { url: localnet.facilitatorUrl }, offers: [offer()] });
  app.post('/x402/tab', express.text({ type: '*/*' }), async (request, response) => {
    const { status, body } = await openTab(String(request.body));
    response.status(status).type('json').send(Buffer.from(body));
  });
  const url = await listen(app);
  const facilitator = new CreditFacilitatorClient({
    facilitator: { url: localnet.facilitatorUrl },
    certificateStore: store,
    certificateVisibility: 'strict',
  });
  const server = new x402ResourceServer(facilitator).register(
    NETWORK,
    create4MicaCreditServer({ tabEndpoint: `${url}/x402/tab` }),
  );
  const accepts = {
    scheme: '4mica-credit',
    network: NETWORK,
    payTo: localnet.accounts.recipient.address,
    price: { asset: ETH_ASSET, amount: PRICE.toString() },
  } as const;
  app.use(officialMiddleware({ 'GET /premium': { accepts, description: 'premium' } }, server));
  app.get('/premium', (_request, response) => void response.json({ from: 'official' }));
  return url;
}

/** An API of ours. */
async function ownApi(): Promise<string> {
  const app = express();
  app.use(
    ownMiddleware(
      createPaymentGate({
        facilitator: { url: localnet.facilitatorUrl },
        certificateStore: store,
        routes: { 'GET /premium': { offers: [offer()] } },
      }),
    ),
  );
  app.get('/premium', (_request, response) => void response.json({ from: 'ours' }));
  return listen(app);
}

const payer = () =>
  createPayer(new LocalAccountSigner(localnet.accounts.payer.privateKey), {
    name: '4mica',
    version: '1',
    chainId: 31337n,
  });
const policy = { assets: [{ asset: ETH_ASSET, maxPerRequest: PRICE }] };

function officialFetch(origin: string, allowEth = true) {
  const client = register4MicaCredit(new x402Client(), {
    payer: payer(),
    policy,
    allowedOrigins: [origin],
    clock: localnet.clock,
  });
  if (allowEth)
    client.setSpendControls({
      allowedAssets: [{ network: NETWORK, asset: ETH_ASSET, maxAmountPerPayment: PRICE.toString() }],
    });
  return wrapFetchWithPayment(fetch, client);
}

describe('the official client', () => {
  it.each([
    ['an API of the official server with our scheme', officialApi, 'official'],
    ['an API of ours', ownApi, 'ours'],
  ])('pays %s, one request after the other', async (_what, start, from) => {
    const url = await start();
    const pay = officialFetch(url);
    const tabs = [];
    for (let i = 0; i < 3; i++) {
      const response = await pay(`${url}/premium`);
      expect([response.status, await response.json()]).toEqual([200, { from }]);
      const receipt = decodePaymentResponseHeader(response.headers.get('payment-response') ?? '');
      expect(receipt).toMatchObject({ success: true, network: NETWORK, transaction: '' });
      tabs.push(receipt.extra?.tabId);
    }
    expect(new Set(tabs).size).toBe(1);
  });

  it('calls a tab endpoint on this machine only when its origin is allowed', async () => {
    const url = await ownApi();
    await expect(officialFetch('https://api.example')(`${url}/premium`)).rejects.toThrow(
      /tab endpoint is refused/,
    );
  });

  it('does not pay ETH until its spend controls allow it', async () => {
    const url = await ownApi();
    await expect(officialFetch(url, false)(`${url}/premium`)).rejects.toThrow(/spend/i);
  });
});

describe('our client', () => {
  it('pays an API of the official server, which keeps the certificate', async () => {
    const url = await officialApi();
    const pay = payingFetch(fetch, { payer: payer(), policy, clock: localnet.clock });
    const response = await pay(`${url}/premium`);
    expect([response.status, await response.json()]).toEqual([200, { from: 'official' }]);
    const receipt = decodePaymentResponseHeader(response.headers.get('payment-response') ?? '');
    expect(receipt.extra).not.toHaveProperty('certificate');
    const tabId = BigInt(String(receipt.extra?.tabId));
    const record = await store.findLatest(NETWORK, tabId);
    expect(record?.certificate).toHaveProperty('signature');
    expect(await core.getLatestGuarantee(tabId)).toMatchObject({ reqId: record?.reqId });
  });
});

describe('the official facilitator client', () => {
  it('understands our facilitator, and keeps the certificate of a settlement', async () => {
    const url = await ownApi();
    const answer = await fetch(`${url}/premium`);
    const required = X402PaymentRequired.fromHeader(answer.headers.get('payment-required') ?? '');
    const [accepted] = required.accepts;
    if (accepted === undefined) throw new Error('no offer');
    const flow = new X402Flow(payer(), undefined, { clock: localnet.clock });
    const { header } = await flow.signPaymentV2(required, accepted, payer().address, { resourceUrl: url });
    const payload = JSON.parse(atob(header)) as PaymentPayload;
    const requirements = accepted as unknown as PaymentRequirements;

    const client = new HTTPFacilitatorClient({ url: localnet.facilitatorUrl });
    const { kinds } = await client.getSupported();
    expect(kinds).toContainEqual({ x402Version: 2, scheme: '4mica-credit', network: NETWORK });
    expect(await client.verify(payload, requirements)).toMatchObject({
      isValid: true,
      payer: payer().address,
    });
    const first = await client.settle(payload, requirements);
    expect(first).toMatchObject({ success: true, transaction: '', network: NETWORK });
    expect(first.extra?.certificate).toHaveProperty('signature');
    expect((await client.settle(payload, requirements)).extra).toEqual(first.extra);
    const other = { ...requirements, amount: '1' };
    expect(await client.verify(payload, other)).toMatchObject({ isValid: false });
    expect(await client.settle(payload, other)).toMatchObject({ success: false, network: NETWORK });
  });
});

describe('prices of the official server', () => {
  const { parsePrice } = create4MicaCreditServer({ tabEndpoint: 'https://api.example/x402/tab' });

  it.each([
    ['$0.01', '10000'],
    ['1.50', '1500000'],
    ['0.1000000', '100000'],
    [0.000001, '1'],
    [0.0000001, null],
    ['$0.0000001', null],
    ['1e-3', null],
    ['$0', null],
    ['-1', null],
  ])('are exact or refused: %s', async (price, amount) => {
    const parsed = parsePrice(price, 'eip155:84532');
    if (amount === null) await expect(parsed).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    else expect(await parsed).toMatchObject({ amount, asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e' });
  });

  it('need a known dollar token', async () => {
    await expect(parsePrice('$1', NETWORK)).rejects.toThrow('no dollar token of eip155:31337');
  });
});
