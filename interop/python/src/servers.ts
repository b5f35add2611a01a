import type { Localnet } from '@fourmica/localnet';
import { paymentMiddleware } from '@fourmica/x402/express';
import { createPaymentGate, type OfferConfig } from '@fourmica/x402/server';
import express, { type Express } from 'express';
import * as z from 'zod';

/** A server on the loopback interface. */
export interface Server {
  readonly url: string;
  close(): Promise<void>;
}

const PRICE_WEI = 10n ** 14n;
const PRICE_TOKEN = 10_000n;

/** Starts an API that charges in ETH and tokens, with and without validation, over both versions of x402. */
export function startPaidApi(localnet: Localnet): Promise<Server> {
  const { network, accounts, tokens, facilitatorUrl, clock } = localnet;
  const validation = {
    validationRegistryAddress: localnet.validationRegistry,
    validatorAddress: accounts.validator.address,
    validatorAgentId: '7',
    minValidationScore: 80,
    jobHash: `0x${'33'.repeat(32)}`,
    requiredValidationTag: 'hard-finality',
  };
  const inEth: OfferConfig = { network, payTo: accounts.recipient.address, price: PRICE_WEI };
  const inTokens: OfferConfig = { ...inEth, price: PRICE_TOKEN, asset: tokens.usdc };
  const gate = createPaymentGate({
    facilitator: { url: facilitatorUrl },
    routes: {
      'GET /eth': { offers: [inEth] },
      'GET /token': { offers: [inTokens] },
      'GET /validated/eth': { offers: [{ ...inEth, validation }] },
      'GET /validated/token': { offers: [{ ...inTokens, validation }] },
    },
    clock,
  });
  const app = express();
  app.use(paymentMiddleware(gate));
  app.use((_request, response) => {
    response.json({ paid: true });
  });
  return listen(app);
}

const Warp = z.object({ seconds: z.int().positive() });

/** Starts a server with which the flows move the time. */
export function startControl(localnet: Localnet): Promise<Server> {
  const app = express();
  app.use(express.json());
  app.post('/warp', async (request, response) => {
    await localnet.warp(Warp.parse(request.body).seconds);
    response.end();
  });
  return listen(app);
}

async function listen(app: Express): Promise<Server> {
  const server = app.listen(0, '127.0.0.1');
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no TCP port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
