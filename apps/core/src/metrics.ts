import { httpHistogram, LATENCY_BUCKETS } from '@fourmica/http-service';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Why new guarantees may be refused to everybody. */
export type IssuingStop = 'contract' | 'reorganisation' | 'chain_view';

/** What the core counts and measures, for Prometheus. Durations in seconds, blocks by number. */
export class CoreMetrics {
  readonly registry = new Registry();

  readonly httpDuration = httpHistogram(this.registry, 'core');

  readonly databaseDuration = new Histogram({
    name: 'core_database_query_duration_seconds',
    help: 'Time of a query in the database.',
    buckets: LATENCY_BUCKETS,
    registers: [this.registry],
  });

  readonly signingDuration = new Histogram({
    name: 'core_certificate_signing_duration_seconds',
    help: 'Time to sign and store a certificate.',
    buckets: LATENCY_BUCKETS,
    registers: [this.registry],
  });

  readonly tabs = new Counter({
    name: 'core_tabs_total',
    help: 'Tabs asked for, by whether one was created or reused.',
    labelNames: ['result'],
    registers: [this.registry],
  });

  readonly guarantees = new Counter({
    name: 'core_guarantees_total',
    help: 'Guarantees asked for with success, by whether they were issued or repeated.',
    labelNames: ['result'],
    registers: [this.registry],
  });

  readonly refusals = new Counter({
    name: 'core_refusals_total',
    help: 'Requests refused by a rule, by its code.',
    labelNames: ['code'],
    registers: [this.registry],
  });

  readonly ledgerBlock = new Gauge({
    name: 'core_ledger_block',
    help: 'Newest block in the ledger.',
    registers: [this.registry],
  });

  readonly chainBlock = new Gauge({
    name: 'core_chain_block',
    help: 'Newest block of the chain.',
    registers: [this.registry],
  });

  readonly nodeUp = new Gauge({
    name: 'core_ethereum_node_up',
    help: '1 while the Ethereum node at this place of ETHEREUM_HTTP_RPC_URL answers and serves the right chain.',
    labelNames: ['node'],
    registers: [this.registry],
  });

  readonly nodeBlock = new Gauge({
    name: 'core_ethereum_node_block',
    help: 'Newest block of the Ethereum node at this place of ETHEREUM_HTTP_RPC_URL, when there are several.',
    labelNames: ['node'],
    registers: [this.registry],
  });

  readonly quarantinedEvents = new Counter({
    name: 'core_quarantined_events_total',
    help: 'Events of the contract that could not be applied and need an operator.',
    registers: [this.registry],
  });

  readonly heldQuarantinedEvents = new Gauge({
    name: 'core_quarantined_events',
    help: 'Events of the contract that wait for an operator, as the process that reads the chain counts them.',
    registers: [this.registry],
  });

  readonly overdrawnBalances = new Gauge({
    name: 'core_overdrawn_balances',
    help: 'Balances with less collateral than guarantees secure, as the process that reads the chain counts them.',
    registers: [this.registry],
  });

  readonly invariantViolations = new Counter({
    name: 'core_invariant_violations_total',
    help: 'Times that the continuous audit found the ledger contradicting itself.',
    registers: [this.registry],
  });

  readonly unrecordedPayments = new Gauge({
    name: 'core_unrecorded_payments',
    help: 'Payments found longer than RECORD_ALARM_SECS ago whose record is not in the ledger, as the process that reads the chain counts them.',
    registers: [this.registry],
  });

  readonly operatorBalance = new Gauge({
    name: 'core_operator_balance_eth',
    help: 'ETH of the account that records payments, as the process that reads the chain sees it.',
    registers: [this.registry],
  });

  readonly operatorBalanceLow = new Gauge({
    name: 'core_operator_balance_low',
    help: '1 while that account has less ETH than OPERATOR_MIN_BALANCE_ETH.',
    registers: [this.registry],
  });

  readonly unknownRemunerations = new Counter({
    name: 'core_unknown_remunerations_total',
    help: 'Claims on collateral with genuine certificates that this ledger never issued: a leaked key, or a lost ledger.',
    registers: [this.registry],
  });

  readonly reorganisations = new Counter({
    name: 'core_chain_reorganisations_total',
    help: 'Times that the chain abandoned blocks that had been taken in, and what they did was taken back.',
    registers: [this.registry],
  });

  readonly watcherFailures = new Counter({
    name: 'core_watcher_failures_total',
    help: 'Rounds of reading the chain that failed.',
    registers: [this.registry],
  });

  /** @param stops - says for each reason whether issuing is stopped; asked whenever metrics are read. */
  constructor(stops: () => Readonly<Record<IssuingStop, boolean>>) {
    collectDefaultMetrics({ register: this.registry });
    new Gauge({
      name: 'core_issuing_stopped',
      help: '1 while new guarantees are refused: the contract does not accept them, the chain was reorganised too deeply, or its view is too old.',
      labelNames: ['reason'],
      registers: [this.registry],
      collect() {
        for (const [reason, isStopped] of Object.entries(stops())) this.set({ reason }, isStopped ? 1 : 0);
      },
    });
  }
}
