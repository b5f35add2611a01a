import type { ChainEventRecord } from '../store/chain-events.js';
import type { MovedPayment } from '../store/payments.js';
import type { PaymentRow } from '../store/rows.js';
import type { Batch } from './batch.js';
import type { EventPosition } from './contract-event.js';

/** What the ledger took in from abandoned blocks and can no longer take back. */
export interface FixedHistory {
  readonly events: readonly ChainEventRecord[];
  readonly payments: readonly PaymentRow[];
}

/** What of a {@link FixedHistory} stands on the new branch too: it counts already, at its new place. */
export interface MinedAgain {
  readonly events: readonly ChainEventRecord[];
  readonly payments: readonly MovedPayment[];
  /** Events that changed an amount and are not on the new branch. */
  readonly missing: readonly ChainEventRecord[];
  /** Whether more blocks of the new branch could bring more. */
  readonly isComplete: boolean;
}

/** Events that add to an amount or take from it. Withdrawal requests do not: the contract tells which one is pending. */
const ADDITIVE_EVENTS = new Set([
  'CollateralDeposited',
  'CollateralWithdrawn',
  'PaymentRecordedById',
  'RecipientRemunerated',
]);
const TOKEN_PAYMENT = 'TabPaid';

/**
 * Finds events and payments of abandoned blocks on the new branch: the same transaction has to have the same effect there,
 * whatever its block and its place in it. An event that a transaction emitted twice has to be there twice.
 */
export function findMinedAgain(fixed: FixedHistory, branch: readonly Batch[]): MinedAgain {
  const found = new Map<string, EventPosition[]>();
  for (const { position, name, argsJson } of branch.flatMap(({ events }) => events)) {
    if (name === undefined) continue;
    const key = keyOf({ txHash: position.txHash, name, args: argsJson });
    found.set(key, [...(found.get(key) ?? []), position]);
  }
  const events: ChainEventRecord[] = [];
  const missing: ChainEventRecord[] = [];
  const tokenPayments = new Map<string, EventPosition>();
  let isComplete = true;
  for (const event of fixed.events) {
    const position = found.get(keyOf(event))?.shift();
    if (position !== undefined) {
      events.push({ ...event, ...position });
      if (event.name === TOKEN_PAYMENT) tokenPayments.set(`${event.txHash}:${event.logIndex}`, position);
      continue;
    }
    if (ADDITIVE_EVENTS.has(event.name)) missing.push(event);
    if (ADDITIVE_EVENTS.has(event.name) || event.name === TOKEN_PAYMENT) isComplete = false;
  }
  const etherPayments = new Map(
    branch.flatMap((batch) => batch.payments).map((payment) => [payment.paymentId, payment]),
  );
  const payments = fixed.payments.flatMap((payment): MovedPayment[] => {
    const { payment_id, tx_hash, log_index } = payment;
    const place =
      log_index === null ? etherPayments.get(payment_id) : tokenPayments.get(`${tx_hash}:${log_index}`);
    if (place === undefined) isComplete = false;
    return place === undefined ? [] : [{ payment, ...placeOf(place) }];
  });
  return { events, payments, missing, isComplete };
}

const keyOf = ({ txHash, name, args }: Pick<ChainEventRecord, 'txHash' | 'name' | 'args'>): string =>
  `${txHash}:${name}:${args}`;

const placeOf = ({
  blockNumber,
  blockHash,
  logIndex,
}: Pick<EventPosition, 'blockNumber' | 'blockHash'> & { readonly logIndex: number | null }) => ({
  blockNumber,
  blockHash,
  logIndex,
});
