import type { Clock } from '@fourmica/core-types';
import type { Localnet } from '@fourmica/localnet';
import { paymentMiddleware } from '@fourmica/x402/express';
import { createPaymentGate, MemoryCertificateStore, type OfferConfig } from '@fourmica/x402/server';
import { parseEther, parseUnits } from 'ethers';
import express from 'express';
import { validationOf } from './validation.js';

/** What the API charges: wei, or base units of the test token with 6 decimals. */
export const PRICES = {
  premium: parseEther('0.01'),
  /** More than the payer's collateral. */
  expensive: parseEther('5'),
  token: parseUnits('0.25', 6),
  validated: parseUnits('2', 6),
} as const;

/** A paid route of the API. */
export type PaidRoute = keyof typeof PRICES;

/** A small API that charges for its routes. */
export interface PaidApi {
  readonly urlOf: (route: PaidRoute) => string;
  /** How often a paid handler has run. */
  readonly handlerRuns: () => number;
  /** Where the API keeps its certificates. */
  readonly certificates: MemoryCertificateStore;
  readonly close: () => Promise<void>;
}

/** Starts the API on a free port of the loopback interface; the money goes to `recipientAddress`. */
export async function startPaidApi(
  localnet: Localnet,
  recipientAddress: string,
  clock: Clock,
): Promise<PaidApi> {
  const { facilitatorUrl, network, tokens } = localnet;
  const certificates = new MemoryCertificateStore();
  const base = { network, payTo: recipientAddress };
  const offers: Record<PaidRoute, OfferConfig> = {
    premium: { ...base, price: PRICES.premium, x402Versions: [1] },
    expensive: { ...base, price: PRICES.expensive, x402Versions: [1] },
    token: { ...base, price: PRICES.token, asset: tokens.usdc, x402Versions: [2] },
    validated: { ...base, price: PRICES.validated, asset: tokens.usdc, validation: validationOf(localnet) },
  };
  const gate = createPaymentGate({
    facilitator: { url: facilitatorUrl },
    routes: Object.fromEntries(
      Object.entries(offers).map(([route, offer]) => [
        `GET /${route}`,
        { description: route, offers: [offer] },
      ]),
    ),
    certificateStore: certificates,
    clock,
  });

  let runs = 0;
  const app = express();
  app.use(paymentMiddleware(gate));
  app.get('/:route', (_request, response) => {
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
  return {
    urlOf: (route) => `http://127.0.0.1:${address.port}/${route}`,
    handlerRuns: () => runs,
    certificates,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
