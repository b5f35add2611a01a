import { httpHistogram } from '@fourmica/http-service';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { CORE_UNAVAILABLE } from './domain/settle-answer.js';
import type { FacilitatedNetwork } from './network/facilitated-network.js';

/** What became of a payment. */
export type PaymentResult = 'accepted' | 'refused' | 'unavailable';

/** What a facilitator counts and measures, for Prometheus. Durations in seconds. */
export class FacilitatorMetrics {
  readonly registry = new Registry();
  readonly httpDuration = httpHistogram(this.registry, 'facilitator');

  readonly payments = new Counter<'operation' | 'result'>({
    name: 'facilitator_payments_total',
    help: 'Payments verified and settled, by result; unavailable = a core or a node did not answer.',
    labelNames: ['operation', 'result'],
    registers: [this.registry],
  });

  readonly tabs = new Counter<'status'>({
    name: 'facilitator_tabs_total',
    help: 'Tabs asked for, by the status of the answer.',
    labelNames: ['status'],
    registers: [this.registry],
  });

  constructor(networks: readonly FacilitatedNetwork[]) {
    collectDefaultMetrics({ register: this.registry });
    new Gauge({
      name: 'facilitator_network_up',
      help: '1 while core and contract of a network could be read and fit each other at the last look.',
      labelNames: ['network'],
      registers: [this.registry],
      collect() {
        for (const { network, isUp } of networks) this.set({ network }, isUp ? 1 : 0);
      },
    });
  }

  /** Counts an answer of `/verify` or `/settle`. */
  countPayment(operation: 'verify' | 'settle', isAccepted: boolean, reason: unknown): void {
    const result = isAccepted ? 'accepted' : reason === CORE_UNAVAILABLE ? 'unavailable' : 'refused';
    this.payments.inc({ operation, result });
  }
}
