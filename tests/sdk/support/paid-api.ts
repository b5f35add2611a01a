import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFacilitator } from '@fourmica/facilitator';
import { paymentMiddleware } from '@fourmica/x402/express';
import { createPaymentGate, type PaymentGateConfig } from '@fourmica/x402/server';
import express, { type Express } from 'express';
import type { TestNetwork } from './network.js';

export const CAIP2 = 'eip155:31337';

/** All parts of the network share one process here, so that a busy machine makes each of them slow. */
export const PATIENCE_MS = 480_000;

/** A facilitator and an Express API whose routes cost money. */
export interface PaidApi {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startPaidApi(
  network: TestNetwork,
  routes: PaymentGateConfig['routes'],
  addHandlers: (app: Express) => void,
): Promise<PaidApi> {
  const facilitator = await createFacilitator(
    {
      host: '127.0.0.1',
      port: 0,
      networks: [{ network: CAIP2, coreApiUrl: network.coreUrl }],
      coreTimeoutMs: PATIENCE_MS,
      certificateVisibility: 'auto',
    },
    { clock: network.clock },
  );
  const facilitatorClient = { url: await facilitator.listen(), timeoutMs: PATIENCE_MS };
  const gate = createPaymentGate({ facilitator: facilitatorClient, routes });
  const app = express();
  app.use(paymentMiddleware(gate));
  addHandlers(app);
  // Node would end idle connections after five seconds, just when a slow client uses them again.
  const server = createServer({ keepAliveTimeout: PATIENCE_MS }, app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await facilitator.close();
    },
  };
}
