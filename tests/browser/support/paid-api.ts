import type { AddressInfo } from 'node:net';
import type { Localnet } from '@fourmica/localnet';
import { paymentMiddleware } from '@fourmica/x402/express';
import { createPaymentGate } from '@fourmica/x402/server';
import cors from 'cors';
import express from 'express';

/** Price of every route in wei. */
export const PRICE = 10n ** 15n;

/** An API that pages of other origins may call and pay. */
export interface PaidApi {
  readonly url: string;
  handlerRuns(): number;
  stop(): Promise<void>;
}

/** Starts an API with one route per x402 version. */
export async function startPaidApi({ facilitatorUrl, network, accounts, clock }: Localnet): Promise<PaidApi> {
  const offer = { network, payTo: accounts.recipient.address, price: PRICE };
  const gate = createPaymentGate({
    facilitator: { url: facilitatorUrl },
    routes: {
      'GET /v1': { offers: [{ ...offer, x402Versions: [1] }] },
      'GET /v2': { offers: [{ ...offer, x402Versions: [2] }] },
    },
    clock,
  });
  let runs = 0;
  const app = express();
  app.use(cors({ exposedHeaders: ['PAYMENT-REQUIRED', 'PAYMENT-RESPONSE', 'X-PAYMENT-RESPONSE'] }));
  app.use(paymentMiddleware(gate));
  app.get('/:version', (_request, response) => {
    runs += 1;
    response.json({ forecast: 'sunny' });
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve).once('error', reject);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    handlerRuns: () => runs,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
