import type { Clock } from '@fourmica/core-types';
import { paymentMiddleware } from '@fourmica/x402/express';
import { createPaymentGate, MemoryCertificateStore } from '@fourmica/x402/server';
import { parseEther } from 'ethers';
import express from 'express';

/** Price of a request to {@link PaidApi.premiumUrl}, in wei. */
export const PREMIUM_PRICE = parseEther('0.01');
/** Price of a request to {@link PaidApi.expensiveUrl}, in wei: more than the payer's collateral. */
export const EXPENSIVE_PRICE = parseEther('5');

/** A small API that charges for its routes. */
export interface PaidApi {
  readonly premiumUrl: string;
  readonly expensiveUrl: string;
  /** How often a paid handler has run. */
  readonly handlerRuns: () => number;
  /** Where the API keeps its certificates. */
  readonly certificates: MemoryCertificateStore;
  readonly close: () => Promise<void>;
}

/** What the API needs to know to be paid. */
export interface PaidApiOptions {
  readonly facilitatorUrl: string;
  readonly network: string;
  readonly recipientAddress: string;
  readonly clock: Clock;
}

/** Starts the API on a free port of the loopback interface. */
export async function startPaidApi(options: PaidApiOptions): Promise<PaidApi> {
  const { facilitatorUrl, network, recipientAddress, clock } = options;
  const certificates = new MemoryCertificateStore();
  const offer = (price: bigint) => ({ network, payTo: recipientAddress, price, x402Versions: [1] as const });
  const gate = createPaymentGate({
    facilitator: { url: facilitatorUrl },
    routes: {
      'GET /premium': { description: 'Premium data', offers: [offer(PREMIUM_PRICE)] },
      'GET /expensive': { description: 'More than the collateral', offers: [offer(EXPENSIVE_PRICE)] },
    },
    certificateStore: certificates,
    clock,
  });

  let runs = 0;
  const app = express();
  app.use(paymentMiddleware(gate));
  app.get(['/premium', '/expensive'], (_request, response) => {
    runs += 1;
    response.json({ answer: 42, run: runs });
  });

  const server = app.listen(0, '127.0.0.1');
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the paid API has no TCP port');
  const baseUrl = `http://127.0.0.1:${address.port}`;
  return {
    premiumUrl: `${baseUrl}/premium`,
    expensiveUrl: `${baseUrl}/expensive`,
    handlerRuns: () => runs,
    certificates,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
