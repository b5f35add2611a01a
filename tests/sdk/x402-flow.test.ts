import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFacilitator, type FacilitatorService } from '@fourmica/facilitator';
import {
  type Client,
  PaymentRequirementsV1,
  PaymentRequirementsV2,
  X402Flow,
  X402PaymentRequired,
} from '@fourmica/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PAYER, RECIPIENT, VALIDATOR } from './support/contract.js';
import { TestNetwork } from './support/network.js';

const NETWORK = 'eip155:31337';
const ETH = `0x${'00'.repeat(20)}`;

let network: TestNetwork;
let facilitator: FacilitatorService;
let facilitatorUrl: string;
let resourceServer: Server;
let tabEndpoint: string;
let payer: Client;
let recipient: Client;

beforeAll(async () => {
  network = await TestNetwork.start();
  payer = await network.client(network.config(PAYER));
  recipient = await network.client(network.config(RECIPIENT));
  await payer.user.deposit(10_000n);
  await network.until('the deposit', () => payer.rpc.getUserAssetBalance(payer.user.address, ETH));
  facilitator = await createFacilitator(
    {
      host: '127.0.0.1',
      port: 0,
      networks: [{ network: NETWORK, coreApiUrl: network.coreUrl }],
      certificateVisibility: 'auto',
    },
    { clock: network.clock },
  );
  facilitatorUrl = await facilitator.listen();
  resourceServer = createServer(answerTabRequest);
  await new Promise<void>((resolve) => resourceServer.listen(0, '127.0.0.1', resolve));
  tabEndpoint = `http://127.0.0.1:${(resourceServer.address() as AddressInfo).port}/tab`;
});
afterAll(async () => {
  resourceServer.close();
  await facilitator.close();
  await network.stop();
});

/** A recipient's tab endpoint, built from nothing but the SDK. */
async function answerTabRequest(request: AsyncIterable<Buffer>, response: { end(text: string): void }) {
  let body = '';
  for await (const chunk of request) body += chunk;
  const { userAddress, paymentRequirements } = JSON.parse(body);
  const guaranteeVersion = paymentRequirements.extra.validatorAddress === undefined ? 1 : 2;
  const tab = await recipient.recipient.openTab({ userAddress, guaranteeVersion });
  response.end(JSON.stringify(tab));
}

const extra = () => ({ tabEndpoint });
const offer = () => ({
  scheme: '4mica-credit',
  network: NETWORK,
  payTo: recipient.recipient.address,
  asset: ETH,
  maxTimeoutSeconds: 300,
  extra: extra(),
});
const policy = () => ({
  validationRegistryAddress: network.registry,
  validatorAddress: network.chain.address(VALIDATOR),
  validatorAgentId: 7,
  minValidationScore: 80,
  jobHash: `0x${'5a'.repeat(32)}`,
});
const flow = () => X402Flow.fromClient(payer, { clock: network.clock });

describe('the x402 examples of the README', () => {
  test('version 1: sign an offer of a 402 body, settle at the facilitator', async () => {
    for (const reqId of [0n, 1n]) {
      const requirements = PaymentRequirementsV1.fromRaw({ ...offer(), maxAmountRequired: '25' });
      const payment = await flow().signPayment(requirements, payer.user.address);
      expect(payment.payload).toMatchObject({
        x402Version: 1,
        payload: { claims: { version: 1, reqId, amount: 25n } },
      });
      expect(JSON.parse(Buffer.from(payment.header, 'base64').toString())).toMatchObject({
        scheme: '4mica-credit',
        network: NETWORK,
        payload: { scheme: 'eip712', signature: payment.signature, claims: { version: 'v1' } },
      });
      const { settlement } = await flow().settlePayment(payment, requirements, facilitatorUrl);
      expect(settlement).toMatchObject({ success: true });
    }
  });

  test.each([
    ['R-2: without a validation policy', 1, () => ({})],
    ['T-10: with a validation policy that names no chain', 2, policy],
  ])('R-1: version 2, %s', async (_, version, extraMembers) => {
    const required = X402PaymentRequired.fromRaw({
      x402Version: 2,
      resource: { url: tabEndpoint.replace('/tab', '/premium') },
      accepts: [{ ...offer(), amount: '30', extra: { ...extra(), ...extraMembers() } }],
    });
    const [first] = required.accepts;
    const accepted = PaymentRequirementsV2.fromRaw(first);
    const signed = await flow().signPaymentV2(required, accepted, payer.user.address);
    expect(signed.payload).toMatchObject({ x402Version: 2, payload: { claims: { version } } });
    const { settlement } = await flow().settlePayment(signed, accepted, facilitatorUrl);
    expect(settlement).toMatchObject({ success: true });
  });

  test('the certificate that the facilitator returns is worth its bytes', async () => {
    const requirements = PaymentRequirementsV1.fromRaw({ ...offer(), maxAmountRequired: '40' });
    const payment = await flow().signPayment(requirements, payer.user.address);
    await flow().settlePayment(payment, requirements, facilitatorUrl);
    const { claims } = payment.payload.payload;
    const guarantee = await recipient.recipient.getGuarantee(claims.tabId, claims.reqId);
    if (guarantee?.certificate == null) throw new Error('no certificate');
    expect(await recipient.recipient.verifyPaymentGuarantee(guarantee.certificate)).toMatchObject({
      amount: 40n,
    });
  });

  test('an offer of another chain is not signed', async () => {
    const requirements = PaymentRequirementsV1.fromRaw({
      ...offer(),
      network: 'base',
      maxAmountRequired: '1',
    });
    await expect(flow().signPayment(requirements, payer.user.address)).rejects.toMatchObject({
      code: 'NETWORK_MISMATCH',
    });
  });

  test('a scheme of others is not signed', async () => {
    const requirements = PaymentRequirementsV1.fromRaw({
      ...offer(),
      scheme: 'exact',
      maxAmountRequired: '1',
    });
    await expect(flow().signPayment(requirements, payer.user.address)).rejects.toThrow(
      /invalid scheme: exact/,
    );
  });
});
