import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { paymentMiddleware } from '@fourmica/x402/express';
import { createPaymentGate, type PaymentGateConfig, type RouteConfig } from '@fourmica/x402/server';
import express, { type Express } from 'express';
import { NETWORK } from './network.js';
import { PRICE, RECIPIENT } from './payer.js';

/** Node would end idle connections after five seconds, just when a slow client uses them again. */
export const KEEP_ALIVE_MS = 240_000;

/** A small API whose routes cost money. */
export interface PaidApi {
  readonly url: string;
  /** How often each handler ran, by path. */
  readonly runs: Map<string, number>;
  /** Failures that payers only see as 5xx. */
  readonly errors: unknown[];
  stop(): Promise<void>;
}

export const priced = (more: Partial<RouteConfig> = {}): RouteConfig => ({
  offers: [{ network: NETWORK, payTo: RECIPIENT, price: PRICE, x402Versions: [1] }],
  ...more,
});

/** Starts an Express API behind a payment gate. */
export async function startPaidApi(
  config: Pick<PaymentGateConfig, 'facilitator' | 'routes'> & Partial<PaymentGateConfig>,
  addHandlers: (app: Express, count: (path: string) => number) => void,
): Promise<PaidApi> {
  const runs = new Map<string, number>();
  const errors: unknown[] = [];
  const app = express();
  app.use(paymentMiddleware(createPaymentGate({ ...config, onError: (error) => errors.push(error) })));
  addHandlers(app, (path) => {
    const count = (runs.get(path) ?? 0) + 1;
    runs.set(path, count);
    return count;
  });
  const server = await listen(createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, app));
  return { url: urlOf(server), runs, errors, stop: () => closed(server) };
}

export function listen(server: Server): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

export const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

export function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
}
